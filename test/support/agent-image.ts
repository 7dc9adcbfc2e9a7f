import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Arguments to node with which the agent's image starts it, from the Dockerfile; the bundle is the one `npm run build:agent` makes. */
export function agentImageArguments(): string[] {
  const dockerfile = readFileSync(path.join(root, 'deploy/docker/agent.Dockerfile'), 'utf8');
  const [program, ...rest] = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  const bundle = rest.pop();
  if (program !== 'node' || bundle !== 'agent.mjs') throw new Error('the Dockerfile of the agent starts something else than node with agent.mjs');
  return [...rest, path.join(root, 'apps/agent/dist/agent.mjs')];
}

/** Writes docs/reference/agent-rbac.md from the rules that the agent's manifest carries (`--check`: compares and exits 1 on a difference). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { renderAgentRbacReference } from '@flotilla/domain';

const target = 'docs/reference/agent-rbac.md';
const text = renderAgentRbacReference();
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
  console.log(`wrote ${target}`);
} else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
  console.error(`${target} is not what the renderer makes; run npm run docs:rbac`);
  process.exit(1);
}

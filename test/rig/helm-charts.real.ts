import { agentManifest, joinSecret } from '@flotilla/domain';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from './cluster.js';
import { commandOutput } from './command.js';
import { rigProgram } from './rig-folder.js';

const objects = (text: string): unknown[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null);
const key = (object: unknown): string => {
  const { kind, metadata } = object as { kind: string; metadata: { name: string; namespace?: string } };
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
};
const sorted = (list: readonly unknown[]): unknown[] => [...list].sort((a, b) => (key(a) < key(b) ? -1 : 1));

describe('Helm charts', () => {
  let cluster: RigCluster;
  let helm: string;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'flotilla-helm-'));
  beforeAll(async () => {
    helm = rigProgram('helm');
    cluster = await startCluster({ name: 'charts' });
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const hubValues = ['--set', 'publicUrl=https://fleet.example.com', '--set', 'ingress.enabled=true', '--set', 'ingress.host=fleet.example.com'];
  const agentValues = ['--set', 'join.hubUrl=https://fleet.example.com', '--set', 'join.token=t', '--set-literal', 'join.commandKeys={"keys":[]}'];

  it('lint clean', async () => {
    expect(await commandOutput(helm, ['lint', '--strict', 'deploy/helm/hub', ...hubValues])).toContain('0 chart(s) failed');
    expect(await commandOutput(helm, ['lint', '--strict', 'deploy/helm/agent', ...agentValues])).toContain('0 chart(s) failed');
  });

  it.each([false, true])('make the agent that a join manifest makes (readOnly %s)', async (readOnly) => {
    const text = await commandOutput(helm, ['template', 'flotilla-agent', 'deploy/helm/agent', ...agentValues, '--set', `readOnly=${readOnly}`]);
    const expected = agentManifest({ image: 'ghcr.io/flotilla/agent:0.1.0', readOnly }).filter((object) => object.kind !== 'Namespace');
    const join = joinSecret({ hubUrl: 'https://fleet.example.com', token: 't', commandKeys: { keys: [] } });
    expect(sorted(objects(text))).toEqual(sorted([...expected, join].map((object) => JSON.parse(JSON.stringify(object)) as unknown)));
  });

  it('are accepted whole by a real API server', async () => {
    await cluster.kubectl(['create', 'namespace', 'flotilla-system']);
    await cluster.kubectl(['create', 'namespace', 'flux-system']);
    for (const [name, values] of [
      ['hub', hubValues],
      ['agent', agentValues],
    ] as const) {
      const text = await commandOutput(helm, ['template', 'flotilla', `deploy/helm/${name}`, '--namespace', 'flotilla-system', ...values]);
      const file = path.join(folder, `${name}.yaml`);
      writeFileSync(file, text);
      const applied = await cluster.kubectl(['apply', ...(name === 'hub' ? ['--namespace', 'flotilla-system'] : []), '--validate=strict', '-f', file]);
      expect(applied.trim().split('\n')).toHaveLength(objects(text).length);
    }
  });
});

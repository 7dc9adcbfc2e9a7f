import { agentManifest, joinSecret } from '@flotilla/domain';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from './cluster.js';
import { commandOutput } from './command.js';
import { rigProgram } from './rig-folder.js';

interface Container {
  env: unknown[];
  volumeMounts: unknown[];
}
interface Pod {
  containers: Container[];
  initContainers?: Container[];
  volumes: unknown[];
}

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

  it('give git a folder to work in and pass every value on', async () => {
    const values = ['trustedProxies=10.0.0.0/8', 'agentImage=registry.example.com/agent:1', 'hubCa.configMap=company-ca'].flatMap((value) => ['--set', value]);
    const text = await commandOutput(helm, ['template', 'flotilla', 'deploy/helm/hub', ...hubValues, ...values]);
    const pods = objects(text)
      .map((object) => object as { kind: string; spec: { template: { spec: Pod } } })
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec }) => spec.template.spec);
    expect(pods).toHaveLength(2);
    for (const { containers, initContainers = [], volumes } of pods) {
      for (const { volumeMounts } of [...initContainers, ...containers]) {
        expect(volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
        expect(volumeMounts).toContainEqual({ name: 'hub-ca', mountPath: '/etc/flotilla/hub-ca', readOnly: true });
      }
      expect(volumes).toContainEqual({ name: 'tmp', emptyDir: {} });
      expect(volumes).toContainEqual({ name: 'hub-ca', configMap: { name: 'company-ca' } });
      expect(containers[0]?.env).toContainEqual({ name: 'FLOTILLA_AGENT_IMAGE', value: 'registry.example.com/agent:1' });
      expect(containers[0]?.env).toContainEqual({ name: 'FLOTILLA_HUB_CA_FILE', value: '/etc/flotilla/hub-ca/ca.crt' });
    }
    expect(pods[0]?.containers[0]?.env).toContainEqual({ name: 'FLOTILLA_TRUSTED_PROXIES', value: '10.0.0.0/8' });
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

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentIdentity, HttpsKubeApi, identitySecret, kubeconfigCredentials, SecretIdentityStore } from '@flotilla/agent-runtime';
import { FakeHub } from '@flotilla/agent-runtime/testing';
import { objectKeyText, type CommandArguments, type CommandResult, type ObjectStatus } from '@flotilla/contracts/agent';
import { agentManifest, agentNames, renderYaml } from '@flotilla/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from './cluster.js';
import { commandOutput } from './command.js';
import { exportDistribution } from './flux.js';
import { agentImageArguments } from '../support/agent-image.js';
import { waitFor } from './wait-for.js';

/** Memory an idle agent may take: its pod asks for 64 MiB, its limit is 256. */
const residentMiBMax = 80;
const commit = 'a'.repeat(40);
const fleet = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' };
const apps = { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' };

function source(name: string, labels: Readonly<Record<string, string>>): object {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace: 'flux-system', labels },
    spec: { interval: '10m0s', url: 'https://git.example/fleet.git', ref: { branch: 'main' } },
  };
}

const kustomization = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'apps', namespace: 'flux-system' },
  spec: { interval: '10m0s', path: './apps', prune: true, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
};

// the bundled program, as a process of its own, with exactly the ServiceAccount's rights and the admission policy in force
describe('the agent on a real API server', () => {
  let cluster: RigCluster;
  let hub: FakeHub;
  let kubeconfig: string;
  let joined: { token: string; clusterId: string };
  let agent: ChildProcess | undefined;
  let output = '';

  beforeAll(async () => {
    await commandOutput('npm', ['run', '--silent', 'build:agent']);
    hub = await FakeHub.start();
    hub.heartbeatSeconds = 1;
    joined = hub.makeToken();
    cluster = await startCluster({ name: 'agent' });
    const { manifests } = await exportDistribution();
    const definitions = manifests.split(/^---$/m).filter((document) => /^kind: CustomResourceDefinition$/m.test(document));
    await cluster.kubectl(['apply', '--server-side', '-f', '-'], definitions.join('\n---\n'));
    await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
    await cluster.kubectl(['create', 'namespace', 'flux-system']);
    const objects = agentManifest({ image: 'flotilla-agent', readOnly: false }).filter(({ kind }) => kind !== 'Deployment');
    await cluster.kubectl(['apply', '-f', '-'], renderYaml(objects));
    for (const object of [source('flux-system', {}), source('fleet', { 'flotilla.dev/controlled': 'true' }), source('other', {}), kustomization])
      await declare(object);
    kubeconfig = join(cluster.folder, 'agent.kubeconfig');
    writeFileSync(kubeconfig, await cluster.kubeconfigFor(agentNames.namespace, agentNames.serviceAccount), { mode: 0o600 });
  });
  afterAll(async () => {
    await stop('SIGTERM');
    await hub?.close();
    await cluster?.stop();
  });

  async function declare(object: object): Promise<void> {
    await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=kustomize-controller', '-f', '-'], JSON.stringify(object));
  }
  function start(): void {
    // as the image starts it
    const child = spawn('node', agentImageArguments(), {
      env: {
        PATH: process.env['PATH'],
        FLOTILLA_HUB_URL: hub.url,
        FLOTILLA_JOIN_TOKEN: joined.token,
        FLOTILLA_AGENT_IDENTITY_DIR: join(cluster.folder, 'identity'),
        FLOTILLA_KUBECONFIG: kubeconfig,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    agent = child;
  }
  async function stop(signal: NodeJS.Signals): Promise<number | null> {
    const child = agent;
    agent = undefined;
    if (!child || child.exitCode !== null) return child?.exitCode ?? null;
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.kill(signal);
    return code;
  }
  const statusOf = (key: typeof fleet): ObjectStatus | undefined => hub.cluster(joined.clusterId).objects.get(objectKeyText(key));
  async function command(number: number, given: CommandArguments): Promise<CommandResult> {
    const id = await hub.command(joined.clusterId, { number, arguments: given });
    return waitFor(`the result of ${given.type}`, () => hub.results.find((result) => result.id === id));
  }

  it('joins with its ServiceAccount and reports what is there, and who it is', async () => {
    start();
    await waitFor('the snapshot', () => hub.cluster(joined.clusterId).snapshots > 0 || undefined);
    expect([...hub.cluster(joined.clusterId).objects.keys()].sort()).toEqual([
      'GitRepository/flux-system/fleet',
      'GitRepository/flux-system/flux-system',
      'GitRepository/flux-system/other',
      'Kustomization/flux-system/apps',
    ]);
    const hello = hub.messages.find((message) => message.type === 'hello');
    expect(hello).toMatchObject({
      facts: { kubernetesVersion: 'v1.36.3', clusterUid: await cluster.uid(), apiCaFingerprint: cluster.ca.fingerprint, readOnly: false },
    });
  });

  it('sees a change within a second', async () => {
    await declare({ ...kustomization, spec: { ...kustomization.spec, wait: true } });
    const declared = Date.now();
    await waitFor('the change at the hub', () => statusOf(apps)?.workload?.checksHealth || undefined);
    expect(Date.now() - declared).toBeLessThan(1000);
  });

  it('pins, releases, reconciles, suspends and resumes under the admission policy', async () => {
    expect(await command(1, { type: 'pin', object: fleet, commit })).toMatchObject({ outcome: 'succeeded' });
    await waitFor(
      'the pin at the hub',
      () => (statusOf(fleet)?.source?.commit === commit && statusOf(fleet)?.source?.commitOwner === 'flotilla-pin') || undefined,
    );
    await declare({
      ...source('fleet', { 'flotilla.dev/controlled': 'true' }),
      spec: { interval: '5m0s', url: 'https://git.example/fleet.git', ref: { branch: 'main', tag: 'fleet/1' } },
    });
    await waitFor('the tag at the hub', () => statusOf(fleet)?.source?.tag === 'fleet/1' || undefined);
    expect(statusOf(fleet)?.source?.commit).toBe(commit);
    expect(await command(2, { type: 'release', object: fleet })).toMatchObject({ outcome: 'succeeded' });
    await waitFor('the release at the hub', () => statusOf(fleet)?.source?.commit === undefined || undefined);

    expect(await command(1, { type: 'reconcile', object: apps, requestedAt: '2026-01-02T03:04:05Z', withSource: true })).toMatchObject({
      outcome: 'succeeded',
    });
    await waitFor(
      'both requests',
      () => (statusOf(apps)?.requestedAt === '2026-01-02T03:04:05Z' && statusOf(fleet)?.requestedAt === '2026-01-02T03:04:05Z') || undefined,
    );
    expect(await command(2, { type: 'suspend', object: apps })).toMatchObject({ outcome: 'succeeded' });
    await waitFor('the suspension', () => statusOf(apps)?.suspended || undefined);
    expect(await command(3, { type: 'resume', object: apps })).toMatchObject({ outcome: 'succeeded' });
    await waitFor('the end of the suspension', () => statusOf(apps)?.suspended === false || undefined);
  });

  it('leaves alone what Git does not give it', async () => {
    expect(await command(1, { type: 'pin', object: { ...fleet, name: 'other' }, commit })).toMatchObject({ outcome: 'refused' });
    expect(await command(1, { type: 'pin', object: { ...fleet, name: 'flux-system' }, commit })).toMatchObject({ outcome: 'refused' });
    expect(await command(2, { type: 'suspend', object: { ...fleet, name: 'flux-system' } })).toMatchObject({ outcome: 'refused' });
  });

  it('finds its key and its numbers again after a kill, without the token', async () => {
    const { connections, enrolments } = hub;
    await stop('SIGKILL');
    start();
    await waitFor('the new connection', () => (hub.connections > connections && hub.isConnected(joined.clusterId)) || undefined);
    expect(hub.enrolments).toBe(enrolments);
    expect(await command(3, { type: 'suspend', object: apps })).toMatchObject({ outcome: 'superseded' });
    expect(await command(4, { type: 'resume', object: apps })).toMatchObject({ outcome: 'succeeded' });
  });

  it('is small, logs no secret and stops when told', async () => {
    const resident = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${agent?.pid ?? 0}/status`, 'utf8'))?.[1]) / 1024;
    process.stdout.write(`resident memory of the agent: ${resident.toFixed(1)} MiB\n`);
    expect(resident).toBeLessThan(residentMiBMax);
    expect(output).not.toContain(joined.token);
    expect(output).not.toMatch(/eyJ/);
    expect(await stop('SIGTERM')).toBe(0);
  });

  it('keeps its identity in the Secret it may write and not read, and waits for the mount to show it', async () => {
    const api = new HttpsKubeApi(await kubeconfigCredentials(kubeconfig));
    const mount = join(cluster.folder, 'mount');
    mkdirSync(mount);
    const stopped = new AbortController();
    const store = new SecretIdentityStore(api, mount, stopped.signal, { pollMs: 20, timeoutMs: 20_000 });
    let shown = false;
    const loading = AgentIdentity.load(store);
    void loading.then(() => {
      expect(shown).toBe(true);
    });
    const data = await waitFor('the Secret to be written', async () => {
      const secret = JSON.parse(await cluster.kubectl(['get', 'secret', identitySecret.name, '--namespace', identitySecret.namespace, '-o', 'json'])) as {
        data?: Record<string, string>;
      };
      return secret.data?.['key.json'] === undefined ? undefined : secret.data;
    });
    // what the kubelet does
    shown = true;
    for (const [name, text] of Object.entries(data)) writeFileSync(join(mount, name), Buffer.from(text, 'base64'));
    const identity = await loading;
    expect((await AgentIdentity.load(store)).publicKey).toEqual(identity.publicKey);
    await expect(
      api.get({ group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true }, identitySecret.namespace, identitySecret.name),
    ).rejects.toMatchObject({ status: 403 });
    stopped.abort();
  });
});

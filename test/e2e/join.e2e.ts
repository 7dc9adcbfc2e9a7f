import { heartbeatSeconds, heartbeatsMissedMax } from '@flotilla/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentHost } from '../rig/agent-host.js';
import { startCluster, type RigCluster } from '../rig/cluster.js';
import { installFlux } from '../rig/flux.js';
import { GitHttpServer } from '../rig/git-http-server.js';
import { GitWorkTree } from '../rig/git-work-tree.js';
import { waitFor } from '../rig/wait-for.js';
import { appSource, webDeployment } from './support/apps.js';
import { Product } from './support/product.js';

/** Two missed heartbeats; one second for asking. */
const SILENCE_MAX_MS = heartbeatsMissedMax * heartbeatSeconds * 1000 + 1_000;
const CLOSE_TIMEOUT_MS = 60_000;
const SYNC_TIMEOUT_MS = 60_000;

/** A cluster that already runs Flux joins a hub: built programs, real Kubernetes, real Flux, real Git. */
describe('a cluster with a Flux of its own joins', () => {
  let product: Product;
  let cluster: RigCluster;
  let git: GitHttpServer;
  let tree: GitWorkTree;
  let agent: AgentHost;
  let manifestUrl: string;

  beforeAll(async () => {
    git = await GitHttpServer.start();
    const { url } = await git.createRepository('apps');
    tree = await GitWorkTree.clone(url);
    await tree.commit('Start web', { 'apps/web.yaml': webDeployment('1') });
    [product, cluster] = await Promise.all([Product.start(), startCluster({ name: 'gamma' })]);
    await installFlux(cluster);
    await cluster.kubectl(['apply', '-f', '-'], appSource('apps', url));
  });

  afterAll(async () => {
    await product?.stop();
    await cluster?.stop();
    await git?.stop();
  });

  const seen = () => product.api.clusters.get('gamma');

  async function untilReadyAt(sha: string): Promise<void> {
    await waitFor(
      `cluster gamma to be ready at ${sha}`,
      async () => {
        const { state, revision, stateReason } = await seen();
        if (state === 'ready' && revision === `main@sha1:${sha}`) return true;
        throw new Error(`it is ${state} at ${revision ?? 'no revision'}: ${stateReason}; end of the agent's log:\n${agent?.process?.logTail() ?? ''}`);
      },
      { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 500 },
    );
  }

  it('by a manifest that kubectl applies, and is ready at the full revision of its source', async () => {
    await product.api.clusters.create({ name: 'gamma', labels: { env: 'prod' } });
    const token = await product.api.clusters.createJoinToken('gamma');
    manifestUrl = token.manifestUrl;
    // Fetching the manifest does not spend the token; only enrolment does.
    const [first, second] = [await (await fetch(manifestUrl)).text(), await (await fetch(manifestUrl)).text()];
    expect(second).toBe(first);
    await cluster.kubectl(['apply', '-f', '-'], first);
    agent = await product.hostAgent(cluster);
    await agent.running();
    await untilReadyAt((await tree.git('rev-parse', 'HEAD')).trim());
    const { agent: facts } = await seen();
    expect(facts).toMatchObject({ connected: true, readOnly: false, incarnation: 1, clusterUid: await cluster.uid(), fluxVersion: 'v2.9.4' });
  });

  it('follows what is pushed', async () => {
    const sha = await tree.commit('Scale web', { 'apps/web.yaml': webDeployment('2') });
    await untilReadyAt(sha);
  });

  it('keeps its key when the agent is killed, and its status when the hub or Postgres is', async () => {
    (await agent.running()).signal('SIGKILL');
    await product.killAndRestart('postgres');
    await product.killAndRestart('hub');
    const sha = await tree.commit('Scale web again', { 'apps/web.yaml': webDeployment('3') });
    await untilReadyAt(sha);
    expect((await seen()).agent).toMatchObject({ connected: true, incarnation: 1 });
  });

  it('leaves green within two heartbeats when the agent is silent, and the fleet with it, and comes back', async () => {
    const { process: running } = agent;
    const stopped = Date.now();
    running?.signal('SIGSTOP');
    await waitFor('the silent cluster to be unknown', async () => (await seen()).state === 'unknown', { timeoutMs: SILENCE_MAX_MS, everyMs: 200 });
    process.stdout.write(`unknown ${((Date.now() - stopped) / 1000).toFixed(1)} s after the agent was stopped\n`);
    expect((await product.api.fleet.summary()).states).toMatchObject({ ready: 0, unknown: 1 });
    expect((await product.api.clusters.list({ state: 'ready' })).items).toEqual([]);
    running?.signal('SIGCONT');
    await untilReadyAt((await tree.git('rev-parse', 'HEAD')).trim());
  });

  it('is shut out by a revocation, at once', async () => {
    const response = await fetch(`${product.url}/api/v1/clusters/gamma/agents/revoke`, {
      method: 'POST',
      headers: { authorization: `Bearer ${product.token}` },
    });
    expect(response.status).toBe(204);
    await waitFor('the connection to close', async () => (await seen()).agent?.connected !== true, { timeoutMs: CLOSE_TIMEOUT_MS });
  });

  it('leaves an audit chain that verifies', async () => {
    const { ok, entries } = await product.api.audit.verify();
    expect(ok).toBe(true);
    expect(entries).toBeGreaterThan(0);
  });
});

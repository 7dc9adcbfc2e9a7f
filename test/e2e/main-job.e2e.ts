import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentHost } from '../rig/agent-host.js';
import { startCluster, type RigCluster } from '../rig/cluster.js';
import { exportDistribution, fluxOutput, installFlux } from '../rig/flux.js';
import { GitHttpServer } from '../rig/git-http-server.js';
import { GitWorkTree } from '../rig/git-work-tree.js';
import { Gitea } from '../rig/gitea.js';
import { GithubStandIn } from '../rig/github/stand-in.js';
import { waitFor } from '../rig/wait-for.js';
import { WebhookSink } from '../rig/webhook-sink.js';
import { appSource, unschedulableDeployment, webDeployment } from './support/apps.js';
import { Product } from './support/product.js';

const AUTHOR = { name: 'Ada Lovelace', email: 'ada@example.invalid' };
const OPERATION_TIMEOUT_MS = 240_000;
const SYNC_TIMEOUT_MS = 180_000;
const SAMPLE_MS = 300;

interface Deployment {
  readonly spec: { readonly template: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } };
}

interface Site {
  readonly name: string;
  readonly cluster: RigCluster;
  readonly agent: AgentHost;
  readonly tree: GitWorkTree;
}

/** One receiver for all; waits are short, so that a test sees what a team would see within a minute. */
const routing = (url: string): string => `route:
  receiver: team
  group_by: [alertname]
  group_wait: 6s
  group_interval: 3s
  repeat_interval: 1h
receivers:
  - name: team
    webhook_configs:
      - url: ${url}
        send_resolved: true
`;

interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/**
 * The product's main job, in the order a team would meet it, on real Kubernetes, Flux and Git: bootstrap from the hub, a good change, a bad one,
 * a roll back that survives, a lift.
 */
describe('the main job', () => {
  let product: Product;
  let gitea: Gitea;
  let github: GithubStandIn;
  let plain: GitHttpServer;
  let sink: WebhookSink;
  let rolledBack: string;
  const sites = new Map<string, Site>();
  let good: string;

  const site = (name: string): Site => {
    const found = sites.get(name);
    if (found === undefined) throw new Error(`site ${name} was not bootstrapped`);
    return found;
  };

  beforeAll(async () => {
    product = await Product.start();
    gitea = await Gitea.start();
    github = await GithubStandIn.start();
    plain = await GitHttpServer.start();
    sink = await WebhookSink.start();
    await product.api.routes.write({ yaml: routing(`${sink.url}/team`) });
    const { manifests: manifest, digest } = await exportDistribution();
    await product.api.distributions.import({ manifest, digest });
  });

  afterAll(async () => {
    await product?.stop();
    for (const { cluster } of sites.values()) await cluster.stop();
    await gitea?.stop();
    await github?.stop();
    await plain?.stop();
    await sink?.stop();
  });

  async function finished(id: string): Promise<void> {
    await waitFor(
      `operation ${id}`,
      async () => {
        const { state, steps, error } = await product.api.operations.get(id);
        if (state === 'succeeded') return true;
        const last = steps.filter((step) => step.state !== 'pending').at(-1);
        throw new Error(`it is ${state} at ${last?.name ?? 'its start'}: ${error?.message ?? last?.detail ?? ''}`);
      },
      { timeoutMs: OPERATION_TIMEOUT_MS, everyMs: 500 },
    );
  }

  async function untilSeen(name: string, what: string, fits: (cluster: Awaited<ReturnType<Product['api']['clusters']['get']>>) => boolean): Promise<void> {
    await waitFor(
      `cluster ${name} to be ${what}`,
      async () => {
        const seen = await product.api.clusters.get(name);
        if (fits(seen)) return true;
        throw new Error(`it is ${seen.state} at ${seen.revision ?? 'no revision'}: ${seen.stateReason}`);
      },
      { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 500 },
    );
  }

  const untilReadyAt = (name: string, sha: string) =>
    untilSeen(name, `ready at ${sha}`, ({ state, revision }) => state === 'ready' && revision === `main@sha1:${sha}`);

  async function runningVersion(cluster: RigCluster): Promise<string | undefined> {
    const web = await cluster.api.find<Deployment>('/apis/apps/v1/namespaces/default/deployments/web');
    return web?.spec.template.metadata.annotations?.['example.invalid/version'];
  }

  /** Asks the sources that follow the fleet repo to look now, as a push hook would. */
  const nudge = (cluster: RigCluster) => fluxOutput(['reconcile', 'source', 'git', 'fleet', '--timeout=60s'], { cluster });

  it('bootstraps a cluster from Gitea by a deploy key over SSH', async () => {
    await gitea.createRepository('fleet', { initialize: true });
    const tree = await GitWorkTree.clone(gitea.httpUrl('fleet').replace('://', `://${gitea.owner}:${gitea.token}@`));
    await tree.commit('Start web', { 'apps/web.yaml': webDeployment('1') }, AUTHOR);
    const cluster = await startCluster({ name: 'alpha' });
    await cluster.startFlux();
    const agent = await product.hostAgent(cluster);
    sites.set('alpha', { name: 'alpha', cluster, agent, tree });
    const repo = await product.api.fleetRepos.create({
      ...{ name: 'fleet', provider: 'gitea', url: gitea.sshUrl('fleet'), branch: 'main', apiUrl: `${gitea.url}/api/v1` },
      ...{ owner: gitea.owner, repository: 'fleet', credentials: { token: gitea.token } },
    });
    await product.api.clusters.create({ name: 'alpha', labels: { env: 'prod' }, fleetRepoId: repo.id, path: 'clusters/alpha' });
    const { id } = await product.api.clusters.bootstrap('alpha', { kubeconfig: cluster.kubeconfig, authentication: 'ssh' });
    await finished(id);
    await tree.pull();
    expect((await tree.subjects()).slice(0, 3).reverse()).toEqual([
      'Add Flux v2.9.4 component manifests',
      'Add Flux sync manifests',
      'Add Flotilla fleet source and agent',
    ]);
    await fluxOutput(['check'], { cluster });
    expect((await cluster.startFlux()).runningArguments('kustomize-controller')).toContain('--feature-gates=CancelHealthCheckOnNewRevision=true');
    await untilReadyAt('alpha', (await tree.git('rev-parse', 'HEAD')).trim());
  });

  it('brings a good change everywhere, and says so by the full revision', async () => {
    const { cluster, tree } = site('alpha');
    good = await tree.commit('Web 2', { 'apps/web.yaml': webDeployment('2') }, AUTHOR);
    await nudge(cluster);
    await untilReadyAt('alpha', good);
    expect(await runningVersion(cluster)).toBe('2');
  });

  it('bootstraps a cluster from GitHub by a token over HTTP, and adopts one that runs Flux already', async () => {
    const [bravo, charlie] = await Promise.all([startCluster({ name: 'bravo' }), startCluster({ name: 'charlie' })]);
    const author = AUTHOR;
    await bravo.startFlux();
    sites.set('bravo', {
      name: 'bravo',
      cluster: bravo,
      agent: await product.hostAgent(bravo),
      tree: await GitWorkTree.clone((await plain.createRepository('unused')).url),
    });
    const cloneUrl = github.cloneUrl(github.owner, 'fleet');
    const repo = await product.api.fleetRepos.create({
      ...{ name: 'hub-fleet', provider: 'github', url: cloneUrl, branch: 'main', apiUrl: github.url },
      ...{ owner: github.owner, repository: 'fleet', credentials: { token: github.token } },
    });
    await product.api.clusters.create({ name: 'bravo', labels: { env: 'prod-hub' }, fleetRepoId: repo.id, path: 'clusters/bravo' });
    const { id } = await product.api.clusters.bootstrap('bravo', {
      kubeconfig: bravo.kubeconfig,
      authentication: 'token',
      allowInsecureHttp: true,
      personal: true,
    });
    await finished(id);
    const tree = await GitWorkTree.clone(cloneUrl.replace('://', `://git:${github.token}@`));
    sites.set('bravo', { ...site('bravo'), tree });
    const sha = await tree.commit('Start web', { 'apps/web.yaml': webDeployment('1') }, author);
    await nudge(bravo);
    await untilReadyAt('bravo', sha);

    const { url } = await plain.createRepository('apps');
    const apps = await GitWorkTree.clone(url);
    const adopted = await apps.commit('Start web', { 'apps/web.yaml': webDeployment('1') }, author);
    await installFlux(charlie);
    await charlie.kubectl(['apply', '-f', '-'], appSource('apps', url));
    await product.api.clusters.create({ name: 'charlie', labels: { env: 'adopted' } });
    const token = await product.api.clusters.createJoinToken('charlie');
    await charlie.kubectl(['apply', '-f', '-'], await (await fetch(token.manifestUrl)).text());
    sites.set('charlie', { name: 'charlie', cluster: charlie, agent: await product.hostAgent(charlie), tree: apps });
    await untilReadyAt('charlie', adopted);
    expect(await runningVersion(bravo)).toBe('1');
  });

  it('names the stage of a change that does not build, tells each route once, and says when it is over', async () => {
    const { cluster, tree } = site('alpha');
    const bad = await tree.commit('A manifest that does not build', { 'apps/broken.yaml': 'kind: [unclosed\n' }, AUTHOR);
    await nudge(cluster);
    await waitFor('the failure to be seen', async () => (await product.api.clusters.get('alpha')).state === 'failing', {
      timeoutMs: SYNC_TIMEOUT_MS,
      everyMs: 300,
    });
    const { at, reasons } = await product.api.clusters.explain('alpha', `main@sha1:${bad}`);
    expect(at).toBe(false);
    expect(reasons).toEqual(expect.arrayContaining([expect.objectContaining({ stage: 'build' })]));
    const read = (body: string): Notification => JSON.parse(body) as Notification;
    const firing = read((await sink.waitForRequest('the message', ({ body }) => read(body).status === 'firing', 60_000)).body);
    expect(firing.alerts).toEqual(
      expect.arrayContaining([expect.objectContaining({ labels: expect.objectContaining({ cluster: 'alpha', stage: 'build' }) as object })]),
    );
    expect(JSON.stringify(firing)).toContain(AUTHOR.name);
    good = await tree.commit('Take it away', { 'apps/broken.yaml': null }, AUTHOR);
    await nudge(cluster);
    await untilReadyAt('alpha', good);
    await sink.waitForRequest('the recovery', ({ body }) => read(body).status === 'resolved', 60_000);
    // one message when it began and one when it was over
    expect(sink.received.map(({ body }) => read(body).status)).toEqual(['firing', 'resolved']);
  });

  it('rolls a bad change back before its health wait ends, and never returns to it', async () => {
    const { cluster, tree } = site('alpha');
    await tree.commit('Web 3, which no node can take', { 'apps/web.yaml': unschedulableDeployment('3') }, AUTHOR);
    await nudge(cluster);
    await waitFor('the bad change to be applied', async () => (await runningVersion(cluster)) === '3', { timeoutMs: SYNC_TIMEOUT_MS });

    const started = Date.now();
    const rollback = await product.api.rollbacks.start({ selector: 'env=prod', to: `main@sha1:${good}`, reason: 'web 3 is never scheduled' });
    await waitFor('the good version', async () => (await runningVersion(cluster)) === '2', { timeoutMs: 60_000, everyMs: 100 });
    process.stdout.write(`good version applied ${Date.now() - started} ms after the command\n`);

    const versions = new Set<string | undefined>();
    let sampling = true;
    const sampled = (async () => {
      while (sampling) {
        versions.add(await runningVersion(cluster));
        await delay(SAMPLE_MS);
      }
    })();
    try {
      await tree.commit('Unrelated', { 'docs/note.md': 'unrelated\n' }, AUTHOR);
      await nudge(cluster);
      await waitFor(
        'the rollback to be held by its tag',
        async () => {
          const { state, targets } = await product.api.rollbacks.get(rollback.id);
          if (state === 'held') return true;
          throw new Error(`it is ${state}: ${targets.map(({ cluster: name, detail, held }) => `${name}: ${detail ?? ''} ${held ?? ''}`).join('; ')}`);
        },
        { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 500 },
      );
      await untilSeen(
        'alpha',
        'ready on the tag',
        ({ state, divergences }) => state === 'ready' && divergences.some(({ rollbackId }) => rollbackId === rollback.id),
      );
    } finally {
      sampling = false;
      await sampled;
    }
    expect([...versions]).toEqual(['2']);
    rolledBack = rollback.id;
  });

  it('rolls back further on top of it, through deaths of hub, worker, Postgres and agent', async () => {
    const { cluster, tree, agent } = site('alpha');
    const first = (await tree.git('log', '--format=%H', '--grep=^Add Flotilla fleet source and agent$', 'HEAD')).trim();
    const rollback = await product.api.rollbacks.start({
      selector: 'env=prod',
      to: `main@sha1:${first}`,
      reason: 'web 2 is bad too',
      acceptDeletions: ['alpha'],
    });
    (await agent.running()).signal('SIGKILL');
    await product.killAndRestart('postgres');
    await product.killAndRestart('hub');
    await product.killAndRestart('worker');
    await waitFor('the second rollback to be held', async () => (await product.api.rollbacks.get(rollback.id)).state === 'held', {
      timeoutMs: SYNC_TIMEOUT_MS,
      everyMs: 500,
    });
    await waitFor('the first version', async () => (await runningVersion(cluster)) === '1', { timeoutMs: SYNC_TIMEOUT_MS });
    expect((await product.api.rollbacks.get(rolledBack)).state).toBe('lifted');
    expect((await product.api.rollbacks.list({ open: true })).items.map(({ id }) => id)).toEqual([rollback.id]);
    await untilSeen('alpha', 'ready on the second tag', ({ state }) => state === 'ready');
  });

  it('returns to the branch when the rollback is lifted', async () => {
    const { cluster, tree } = site('alpha');
    const fixed = await tree.commit('Web 4', { 'apps/web.yaml': webDeployment('4') }, AUTHOR);
    const [open] = (await product.api.rollbacks.list({ open: true })).items;
    await product.api.rollbacks.lift(open?.id ?? '');
    await waitFor('the rollback to be lifted', async () => (await product.api.rollbacks.get(open?.id ?? '')).state === 'lifted', {
      timeoutMs: SYNC_TIMEOUT_MS,
      everyMs: 500,
    });
    await nudge(cluster);
    await waitFor('the fixed version', async () => (await runningVersion(cluster)) === '4', { timeoutMs: SYNC_TIMEOUT_MS });
    await tree.pull();
    expect(await tree.git('merge-base', '--is-ancestor', fixed, 'HEAD').then(() => true)).toBe(true);
    await untilSeen('alpha', 'ready without a divergence', ({ state, divergences }) => state === 'ready' && divergences.length === 0);
  });

  it('keeps in the ledger what ran, by whose commit', async () => {
    const { items } = await product.api.ledger.list({ cluster: 'alpha', kind: 'GitRepository', name: 'fleet', limit: 100 });
    const runs = items.map(({ sha, author }) => ({ sha, author })).reverse();
    expect(runs).toEqual(expect.arrayContaining([expect.objectContaining({ sha: good, author: AUTHOR.name })]));
    // the good version ran, gave way to the bad one, and ran again
    const times = items.filter(({ sha }) => sha === good);
    expect(times.length).toBeGreaterThanOrEqual(2);
    expect(items.filter(({ to }) => to === null)).toHaveLength(1);
  });

  it('leaves an audit chain that verifies', async () => {
    expect(await product.api.audit.verify()).toMatchObject({ ok: true });
  });
});

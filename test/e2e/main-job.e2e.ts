import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from '../rig/cluster.js';
import { fluxOutput, installFlux } from '../rig/flux.js';
import { GitHttpServer } from '../rig/git-http-server.js';
import { GitWorkTree } from '../rig/git-work-tree.js';
import { Gitea } from '../rig/gitea.js';
import { GithubStandIn } from '../rig/github/stand-in.js';
import { waitFor } from '../rig/wait-for.js';
import { WebhookSink } from '../rig/webhook-sink.js';
import { appSource, unschedulableDeployment, webDeployment } from './support/apps.js';
import { GiteaFleet } from './support/gitea-fleet.js';
import { Product } from './support/product.js';
import { Site, SYNC_TIMEOUT_MS, VersionSampler } from './support/site.js';

const AUTHOR = { name: 'Ada Lovelace', email: 'ada@example.invalid' };
const OPERATION_TIMEOUT_MS = 240_000;
const MESSAGE_TIMEOUT_MS = 90_000;
/** From the command to the good version applied: the health wait of the bad one (3 m) must not be waited for. */
const UNDO_MAX_MS = 10_000;

/**
 * Two routes: all clusters to the platform team, charlie to its owners as well. The first message waits until every cluster had time to fail, the later
 * ones come soon.
 */
const routing = (url: string): string => `route:
  receiver: platform
  group_by: [alertname]
  group_wait: 20s
  group_interval: 10s
  repeat_interval: 1h
  routes:
    - receiver: platform
      continue: true
    - receiver: owners
      matchers: ['cluster = "charlie"']
receivers:
  - name: platform
    webhook_configs:
      - url: ${url}/platform
        send_resolved: true
  - name: owners
    webhook_configs:
      - url: ${url}/owners
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
 * The product's main job, in the order a team would meet it, on real Kubernetes, Flux and Git: three clusters come in by three ways, a good change reaches
 * them, bad ones are seen, told and undone, a roll back survives, a lift ends it.
 */
describe('the main job', () => {
  let product: Product;
  let gitea: Gitea;
  let github: GithubStandIn;
  let plain: GitHttpServer;
  let sink: WebhookSink;
  const clusters: RigCluster[] = [];
  const sites: Site[] = [];
  /** by site: the first commit it ran, the last good one, the one no node can take */
  const first = new Map<string, string>();
  const good = new Map<string, string>();
  const bad = new Map<string, string>();
  /** by site: its open rollback */
  const rollbacks = new Map<string, string>();

  const everywhere = <T>(work: (site: Site) => Promise<T>): Promise<T[]> => {
    if (sites.length !== 3) throw new Error(`three sites are needed, ${sites.length} came in`);
    return Promise.all(sites.map(work));
  };
  const of = (map: ReadonlyMap<string, string>, { name }: Site): string => {
    const found = map.get(name);
    if (found === undefined) throw new Error(`nothing is recorded for ${name}`);
    return found;
  };
  const received = (path: string): Notification[] =>
    sink.received.filter((request) => request.path === path).map(({ body }) => JSON.parse(body) as Notification);
  const told = (path: string, status: Notification['status']): Promise<Notification> =>
    waitFor(`a ${status} message at ${path}`, () => received(path).findLast((message) => message.status === status), { timeoutMs: MESSAGE_TIMEOUT_MS });

  beforeAll(async () => {
    product = await Product.start();
    gitea = await Gitea.start();
    github = await GithubStandIn.start();
    plain = await GitHttpServer.start();
    sink = await WebhookSink.start();
    await product.api.routes.write({ yaml: routing(sink.url) });
  });

  afterAll(async () => {
    await product?.stop();
    for (const cluster of clusters) await cluster.stop();
    await gitea?.stop();
    await github?.stop();
    await plain?.stop();
    await sink?.stop();
  });

  async function newCluster(name: string): Promise<RigCluster> {
    const cluster = await startCluster({ name });
    clusters.push(cluster);
    return cluster;
  }

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

  async function rollBack(site: Site, sha: string, reason: string): Promise<void> {
    const { id } = await product.api.rollbacks.start({ selector: `site=${site.name}`, to: `main@sha1:${sha}`, reason });
    rollbacks.set(site.name, id);
  }

  async function untilHeld(site: Site): Promise<void> {
    await waitFor(
      `the rollback of ${site.name} to be held`,
      async () => {
        const { state, targets } = await product.api.rollbacks.get(of(rollbacks, site));
        if (state === 'held') return true;
        throw new Error(`it is ${state}: ${targets.map(({ detail, held }) => `${detail ?? ''} ${held ?? ''}`).join('; ')}`);
      },
      { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 500 },
    );
  }

  it('bootstraps a cluster from Gitea by a deploy key over SSH', async () => {
    const fleet = await GiteaFleet.create(product, gitea, { 'apps/web.yaml': webDeployment('1') });
    const cluster = await newCluster('alpha');
    const alpha = await fleet.bootstrap(cluster, { site: 'alpha' });
    const { tree } = alpha;
    await tree.pull();
    expect((await tree.subjects()).slice(0, 3).reverse()).toEqual([
      'Add Flux v2.9.4 component manifests',
      'Add Flux sync manifests',
      'Add Flotilla fleet source and agent',
    ]);
    await fluxOutput(['check'], { cluster });
    expect((await cluster.startFlux()).runningArguments('kustomize-controller')).toContain('--feature-gates=CancelHealthCheckOnNewRevision=true');
    first.set('alpha', (await tree.git('rev-parse', 'HEAD')).trim());
    await alpha.untilReadyAt(of(first, alpha));
    sites.push(alpha);
  });

  it('bootstraps a cluster from GitHub by a token over HTTP', async () => {
    const cluster = await newCluster('bravo');
    await cluster.startFlux();
    const agent = await product.hostAgent(cluster);
    const cloneUrl = github.cloneUrl(github.owner, 'fleet');
    const repo = await product.api.fleetRepos.create({
      ...{ name: 'hub-fleet', provider: 'github', url: cloneUrl, branch: 'main', apiUrl: github.url },
      ...{ owner: github.owner, repository: 'fleet', credentials: { token: github.token } },
    });
    await product.api.clusters.create({ name: 'bravo', labels: { site: 'bravo' }, fleetRepoId: repo.id, path: 'clusters/bravo' });
    const how = { authentication: 'token', allowInsecureHttp: true, personal: true } as const;
    const { id } = await product.api.clusters.bootstrap('bravo', { kubeconfig: cluster.kubeconfig, ...how });
    await finished(id);
    const tree = await GitWorkTree.clone(cloneUrl.replace('://', `://git:${github.token}@`));
    const bravo = new Site(product, { name: 'bravo', cluster, agent, tree, source: 'fleet', workload: 'workloads' });
    first.set('bravo', await tree.commit('Start web', { 'apps/web.yaml': webDeployment('1') }, AUTHOR));
    await bravo.nudge();
    await bravo.untilReadyAt(of(first, bravo));
    sites.push(bravo);
  });

  it('adopts a cluster that runs Flux with an app source of its own, and writes nothing to it', async () => {
    const { url } = await plain.createRepository('apps');
    const tree = await GitWorkTree.clone(url);
    first.set('charlie', await tree.commit('Start web', { 'apps/web.yaml': webDeployment('1') }, AUTHOR));
    const cluster = await newCluster('charlie');
    await installFlux(cluster);
    await cluster.kubectl(['apply', '-f', '-'], appSource('apps', url));
    // the hub mirrors the commits of what charlie follows, to name their authors; charlie has no path in it, so nothing is ever written
    const repo = await product.api.fleetRepos.create({ name: 'apps', provider: 'git', url, branch: 'main' });
    const agent = await product.adopt(cluster, { labels: { site: 'charlie' }, fleetRepoId: repo.id });
    const charlie = new Site(product, { name: 'charlie', cluster, agent, tree, source: 'apps', workload: 'apps' });
    await charlie.untilReadyAt(of(first, charlie));
    expect(await tree.git('ls-remote', '--heads', 'origin', 'main')).toContain(of(first, charlie));
    sites.push(charlie);
  });

  it('brings a good change everywhere, and says so by the full revision', async () => {
    await everywhere(async (site) => {
      const sha = await site.tree.commit('Web 2', { 'apps/web.yaml': webDeployment('2') }, AUTHOR);
      good.set(site.name, sha);
      await site.nudge();
      await site.untilReadyAt(sha);
      expect(await site.runningVersion()).toBe('2');
    });
  });

  it('names the stage of a change that does not build, tells each route once, and says when it is over', async () => {
    await everywhere(async (site) => {
      const sha = await site.tree.commit('A manifest that does not build', { 'apps/broken.yaml': 'kind: [unclosed\n' }, AUTHOR);
      await site.nudge();
      await site.untilSeen('failing', ({ state }) => state === 'failing');
      expect(await site.reasonsNotAt(sha)).toEqual(expect.arrayContaining([expect.objectContaining({ stage: 'build' })]));
    });
    const failed = (cluster: string) =>
      expect.objectContaining({ status: 'firing', labels: expect.objectContaining({ cluster, stage: 'build' }) as object }) as object;
    const platform = await told('/platform', 'firing');
    expect(platform.alerts).toEqual(expect.arrayContaining(['alpha', 'bravo', 'charlie'].map(failed)));
    expect(JSON.stringify(platform)).toContain(AUTHOR.name);
    expect((await told('/owners', 'firing')).alerts).toEqual([failed('charlie')]);
    // one message to each route, not one for each object
    expect([received('/platform').length, received('/owners').length]).toEqual([1, 1]);

    await everywhere(async (site) => {
      const sha = await site.tree.commit('Take it away', { 'apps/broken.yaml': null }, AUTHOR);
      good.set(site.name, sha);
      await site.nudge();
      await site.untilReadyAt(sha);
    });
    await told('/platform', 'resolved');
    await told('/owners', 'resolved');
    expect(received('/owners').map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(received('/platform').filter(({ status }) => status === 'resolved')).toHaveLength(1);
  });

  it('rolls a change that no node can take back before its health wait ends, and never returns to it', async () => {
    await everywhere(async (site) => {
      bad.set(site.name, await site.tree.commit('Web 3, which no node can take', { 'apps/web.yaml': unschedulableDeployment('3') }, AUTHOR));
      await site.nudge();
      await site.untilRunning('3');
    });
    // two wait for health still (3 m); the adopted one gives up after its 20 s, says where, and is told of once
    const codes = { alpha: 'in-progress', bravo: 'in-progress', charlie: 'health-failed' };
    await waitFor(
      'the stage of failure to be named',
      async () => {
        const seen = await everywhere(async (site) => [
          site.name,
          (await site.reasonsNotAt(of(bad, site))).find(({ object }) => object?.kind === 'Kustomization')?.code,
        ]);
        expect(Object.fromEntries(seen)).toEqual(codes);
        return true;
      },
      { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 500 },
    );
    const atHealth = ({ status, alerts }: Notification): boolean => status === 'firing' && alerts.some(({ labels }) => labels['stage'] === 'health');
    for (const path of ['/platform', '/owners']) {
      await waitFor(`a message of the failed health at ${path}`, () => received(path).some(atHealth), { timeoutMs: MESSAGE_TIMEOUT_MS });
      expect(
        received(path)
          .filter(atHealth)
          .map(({ alerts }) => alerts.map(({ labels }) => `${labels['cluster']} ${labels['name']}`)),
      ).toEqual([['charlie apps']]);
    }

    const samplers = await everywhere(async (site) => {
      const started = Date.now();
      await rollBack(site, of(good, site), 'web 3 is never scheduled');
      await site.untilRunning('2', 100);
      const took = Date.now() - started;
      process.stdout.write(`${site.name}: good version applied ${took} ms after the command\n`);
      expect(took, `from the command to the good version on ${site.name}`).toBeLessThanOrEqual(UNDO_MAX_MS);
      return new VersionSampler(site);
    });
    try {
      await everywhere(async (site) => {
        await site.tree.commit('Unrelated', { 'docs/note.md': 'unrelated\n' }, AUTHOR);
        await site.nudge();
        await untilHeld(site);
        await site.untilSeen(
          'ready where it was rolled back to',
          ({ state, divergences }) => state === 'ready' && divergences.some(({ rollbackId }) => rollbackId === of(rollbacks, site)),
        );
      });
    } finally {
      expect(await Promise.all(samplers.map((sampler) => sampler.stop()))).toEqual([['2'], ['2'], ['2']]);
    }
  });

  it('rolls back further on top of it, through deaths of hub, worker, Postgres and agent', async () => {
    const before = new Map(rollbacks);
    const samplers = await everywhere(async (site) => new VersionSampler(site));
    await everywhere((site) => rollBack(site, of(first, site), 'web 2 is bad too'));
    (await sites[0]?.agent.running())?.signal('SIGKILL');
    await product.killAndRestart('postgres');
    await product.killAndRestart('hub');
    await product.killAndRestart('worker');
    await everywhere(async (site) => {
      await untilHeld(site);
      await site.untilRunning('1');
      await site.untilSeen('ready on the second rollback', ({ state }) => state === 'ready');
      expect((await product.api.rollbacks.get(of(before, site))).state).toBe('lifted');
    });
    expect(await Promise.all(samplers.map((sampler) => sampler.stop()))).toEqual([
      ['2', '1'],
      ['2', '1'],
      ['2', '1'],
    ]);
    const open = (await product.api.rollbacks.list({ open: true })).items.map(({ id }) => id);
    expect(open.toSorted()).toEqual([...rollbacks.values()].toSorted());
  });

  it('returns to the branch when the rollback is lifted', async () => {
    await everywhere(async (site) => {
      const fixed = await site.tree.commit('Web 4', { 'apps/web.yaml': webDeployment('4') }, AUTHOR);
      const id = of(rollbacks, site);
      await product.api.rollbacks.lift(id);
      await waitFor(`the rollback of ${site.name} to be lifted`, async () => (await product.api.rollbacks.get(id)).state === 'lifted', {
        timeoutMs: SYNC_TIMEOUT_MS,
        everyMs: 500,
      });
      await site.nudge();
      await site.untilRunning('4');
      await site.tree.pull();
      await site.tree.git('merge-base', '--is-ancestor', fixed, 'HEAD');
      await site.untilSeen('ready without a divergence', ({ state, divergences }) => state === 'ready' && divergences.length === 0);
    });
  });

  it('keeps in the ledger what ran, from when to when, by whose commit', async () => {
    await everywhere(async (site) => {
      const { items } = await product.api.ledger.list({ cluster: site.name, kind: 'Kustomization', name: site.workload, limit: 100 });
      const runs = items.toReversed();
      // the good one ran, gave way to the bad one, and ran again
      const middle = runs.findIndex(({ sha }) => sha === of(bad, site));
      const three = runs.slice(middle - 1, middle + 2);
      expect(three.map(({ sha, author, result }) => ({ sha, author, good: result === 'succeeded' }))).toEqual([
        { sha: of(good, site), author: AUTHOR.name, good: true },
        { sha: of(bad, site), author: AUTHOR.name, good: false },
        { sha: of(good, site), author: AUTHOR.name, good: true },
      ]);
      expect(three.slice(1).map(({ from }) => from)).toEqual(three.slice(0, 2).map(({ to }) => to));
      expect(items.filter(({ to }) => to === null)).toHaveLength(1);
    });
  });

  it('leaves an audit chain that verifies', async () => {
    expect(await product.api.audit.verify()).toMatchObject({ ok: true });
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnrolmentError, silentLogger, type AgentTiming } from '@flotilla/agent-runtime';
import { FakeHub } from '@flotilla/agent-runtime/testing';
import { objectKeyText, type CommandArguments, type ObjectStatus } from '@flotilla/contracts/agent';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advanceFleetRepo, breakFleetRepo, createDemoFleetRepo, demoClusters, git, GitMirror, VirtualCluster } from '@flotilla/simulator';

const timing: Partial<AgentTiming> = { deltaBatchMs: 5, backoffScale: 0.02, digestMs: 500 };
const fleet = { kind: 'GitRepository', namespace: 'flux-system', name: 'fleet' };
const web = { kind: 'Kustomization', namespace: 'flux-system', name: 'web' };
const payments = { kind: 'Kustomization', namespace: 'flux-system', name: 'payments' };
const root = { kind: 'GitRepository', namespace: 'flux-system', name: 'flux-system' };

describe('virtual cluster with its agent', () => {
  let directory: string;
  let bare: string;
  let repo: GitMirror;
  let hub: FakeHub;
  let stop: AbortController;
  let running: Promise<void>[];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'virtual-cluster-'));
    bare = join(directory, 'fleet.git');
    await createDemoFleetRepo({ directory: bare, url: `http://127.0.0.1:1/fleet.git`, clusters: 2 });
    repo = await GitMirror.open(bare, join(directory, 'mirror.git'));
    hub = await FakeHub.start();
    stop = new AbortController();
    running = [];
  });
  afterEach(async () => {
    await halt();
    await hub.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function halt(): Promise<void> {
    stop.abort();
    await Promise.all(running);
    stop = new AbortController();
    running = [];
  }

  async function openCluster(): Promise<VirtualCluster> {
    const [demo] = demoClusters(1);
    if (!demo) throw new Error('the demo fleet is empty');
    return VirtualCluster.open({
      name: demo.name,
      path: demo.path,
      branch: 'main',
      repo,
      stateDirectory: join(directory, 'state'),
      timing: { healthMs: 30, healthTimeoutMs: 60 },
      log: silentLogger,
    });
  }

  async function start(joinToken?: string): Promise<VirtualCluster> {
    const cluster = await openCluster();
    running.push(cluster.runFlux(stop.signal), cluster.runAgent({ hubUrl: hub.url, joinToken, timing }, stop.signal));
    return cluster;
  }

  const statusOf = (clusterId: string, key: { kind: string; namespace: string; name: string }): ObjectStatus | undefined =>
    hub.cluster(clusterId).objects.get(objectKeyText(key));
  const readyReason = (status: ObjectStatus | undefined): string | undefined => status?.conditions.find(({ type }) => type === 'Ready')?.reason;
  const head = async (): Promise<string> => (await git(['rev-parse', 'refs/heads/main'], { cwd: bare })).toString('utf8').trim();
  const resultOf = async (id: string) => until(() => hub.results.find((result) => result.id === id));
  const command = async (clusterId: string, number: number, given: CommandArguments) => resultOf(await hub.command(clusterId, { number, arguments: given }));
  async function follow(cluster: VirtualCluster): Promise<void> {
    await repo.refresh();
    cluster.repoChanged();
  }

  it('joins, reports every object at the head of the repo, and follows it', async () => {
    const { token, clusterId } = hub.makeToken();
    const cluster = await start(token);
    const first = `main@sha1:${await head()}`;
    await until(() => readyReason(statusOf(clusterId, web)) === 'ReconciliationSucceeded' && statusOf(clusterId, web)?.revision === first);
    expect([...hub.cluster(clusterId).objects.keys()].sort()).toEqual([
      'GitRepository/flux-system/fleet',
      'GitRepository/flux-system/flux-system',
      'HelmRelease/flux-system/cache',
      'HelmRepository/flux-system/charts',
      'Kustomization/flux-system/flux-system',
      'Kustomization/flux-system/orders',
      'Kustomization/flux-system/payments',
      'Kustomization/flux-system/web',
      'Kustomization/flux-system/workloads',
    ]);
    expect(statusOf(clusterId, web)).toMatchObject({
      owner: 'flux-system/workloads',
      inventory: ['shop_web__Service', 'shop_web_apps_Deployment'],
      workload: { sourceName: 'fleet', path: './apps/web', checksHealth: true, timeoutSeconds: 180 },
    });
    const sha = await advanceFleetRepo(bare);
    await follow(cluster);
    await until(() => statusOf(clusterId, web)?.revision === `main@sha1:${sha}` && readyReason(statusOf(clusterId, web)) === 'ReconciliationSucceeded');
    expect(hub.enrolments).toBe(1);
  });

  it.each([
    ['health', 'HealthCheckFailed', /Deployment\/shop\/payments/],
    ['build', 'BuildFailed', /apps\/payments\/deployment.yaml/],
  ] as const)('fails at %s where the repo was broken so, and only there', async (breakage, reason, message) => {
    const { token, clusterId } = hub.makeToken();
    const cluster = await start(token);
    const good = `main@sha1:${await head()}`;
    await until(() => statusOf(clusterId, payments)?.revision === good);
    const bad = await breakFleetRepo(bare, breakage);
    await follow(cluster);
    const failed = await until(() => (readyReason(statusOf(clusterId, payments)) === reason ? statusOf(clusterId, payments) : undefined));
    expect(failed).toMatchObject({ revision: good, attemptedRevision: `main@sha1:${bad}` });
    expect(failed.conditions.find(({ type }) => type === 'Ready')?.message).toMatch(message);
    await until(() => statusOf(clusterId, web)?.revision === `main@sha1:${bad}`);
  });

  it('is pinned back, keeps the pin over a new commit, moves to a tag from Git and is released onto it', async () => {
    const { token, clusterId } = hub.makeToken();
    const cluster = await start(token);
    const good = await head();
    await until(() => statusOf(clusterId, payments)?.revision === `main@sha1:${good}`);
    await breakFleetRepo(bare);
    await follow(cluster);
    await until(() => readyReason(statusOf(clusterId, payments)) === 'HealthCheckFailed');

    expect(await command(clusterId, 1, { type: 'pin', object: fleet, commit: good })).toMatchObject({ outcome: 'succeeded' });
    await until(
      () => statusOf(clusterId, payments)?.revision === `main@sha1:${good}` && readyReason(statusOf(clusterId, payments)) === 'ReconciliationSucceeded',
    );
    expect(statusOf(clusterId, fleet)?.source).toMatchObject({ commit: good, commitOwner: 'flotilla-pin' });

    // the durable form: the cluster's own file names a tag at the good commit
    await git(['tag', 'fleet/1', good], { cwd: bare });
    const tree = join(directory, 'tree');
    await git(['clone', '--quiet', bare, tree]);
    const file = join(tree, demoClusters(1)[0]?.path ?? '', 'fleet-source.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('    branch: main', '    branch: main\n    tag: fleet/1'));
    const person = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
    await git(['commit', '--quiet', '--all', '--message', 'Roll back'], { cwd: tree, env: person });
    await git(['push', '--quiet', 'origin', 'main'], { cwd: tree });
    await follow(cluster);
    await until(() => statusOf(clusterId, fleet)?.source?.tag === 'fleet/1');
    expect(statusOf(clusterId, fleet)?.source?.commit).toBe(good);

    expect(await command(clusterId, 2, { type: 'release', object: fleet })).toMatchObject({ outcome: 'succeeded' });
    await until(() => statusOf(clusterId, fleet)?.revision === `fleet/1@sha1:${good}` && statusOf(clusterId, payments)?.revision === `fleet/1@sha1:${good}`);
    expect(statusOf(clusterId, fleet)?.source?.commit).toBeUndefined();
  });

  it('reconciles, suspends and resumes on command, each number once', async () => {
    const { token, clusterId } = hub.makeToken();
    await start(token);
    await until(() => readyReason(statusOf(clusterId, web)) === 'ReconciliationSucceeded');
    const requestedAt = '2026-01-02T03:04:05Z';
    expect(await command(clusterId, 5, { type: 'reconcile', object: web, requestedAt, withSource: true })).toMatchObject({ outcome: 'succeeded' });
    await until(() => statusOf(clusterId, web)?.handledReconcileAt === requestedAt && statusOf(clusterId, fleet)?.handledReconcileAt === requestedAt);

    expect(await command(clusterId, 6, { type: 'suspend', object: web })).toMatchObject({ outcome: 'succeeded' });
    await until(() => statusOf(clusterId, web)?.suspended === true);
    expect(await command(clusterId, 6, { type: 'resume', object: web })).toMatchObject({ outcome: 'superseded' });
    expect(await command(clusterId, 4, { type: 'resume', object: web })).toMatchObject({ outcome: 'superseded' });
    expect(statusOf(clusterId, web)?.suspended).toBe(true);
    expect(await command(clusterId, 7, { type: 'resume', object: web })).toMatchObject({ outcome: 'succeeded' });
    await until(() => statusOf(clusterId, web)?.suspended === false);
  });

  it('refuses what is expired, unknown, not for it, against Git or on the root, and changes nothing', async () => {
    const { token, clusterId } = hub.makeToken();
    const cluster = await start(token);
    await until(() => readyReason(statusOf(clusterId, web)) === 'ReconciliationSucceeded');
    const version = (
      await cluster.api.list(
        { group: 'source.toolkit.fluxcd.io', version: 'v1', resource: 'gitrepositories', kind: 'GitRepository', namespaced: true },
        { limit: 10 },
      )
    ).items;
    const commit = await head();
    expect(await command(clusterId, 1, { type: 'pin', object: root, commit })).toMatchObject({ outcome: 'refused' });
    expect(await command(clusterId, 1, { type: 'suspend', object: root })).toMatchObject({ outcome: 'superseded' });
    expect(await command(clusterId, 1, { type: 'pin', object: web, commit })).toMatchObject({ outcome: 'refused' });
    expect(await command(clusterId, 1, { type: 'suspend', object: { kind: 'Kustomization', namespace: 'flux-system', name: 'absent' } })).toMatchObject({
      outcome: 'failed',
    });
    expect(
      await resultOf(
        await hub.command(clusterId, { number: 2, arguments: { type: 'pin', object: fleet, commit }, expiresAt: new Date(Date.now() - 1).toISOString() }),
      ),
    ).toMatchObject({ outcome: 'expired' });
    expect(
      await resultOf(await hub.command(clusterId, { number: 3, arguments: { type: 'pin', object: fleet, commit }, precondition: { commit } })),
    ).toMatchObject({ outcome: 'refused' });
    expect(
      await resultOf(await hub.command(clusterId, { number: 4, arguments: { type: 'erase', object: fleet } as unknown as CommandArguments })),
    ).toMatchObject({ outcome: 'refused' });
    // not signed by the hub, or for another agent: not even answered
    const forged = await hub.command(clusterId, { number: 5, arguments: { type: 'pin', object: fleet, commit } }, await FakeHub.strangersKey());
    const misdirected = await hub.command(clusterId, { number: 6, arguments: { type: 'pin', object: fleet, commit }, incarnation: 99 });
    expect(await command(clusterId, 7, { type: 'release', object: fleet })).toMatchObject({
      outcome: 'succeeded',
      message: expect.stringContaining('no pin') as string,
    });
    expect(hub.results.map(({ id }) => id)).not.toContain(forged);
    expect(hub.results.map(({ id }) => id)).not.toContain(misdirected);
    expect(
      (
        await cluster.api.list(
          { group: 'source.toolkit.fluxcd.io', version: 'v1', resource: 'gitrepositories', kind: 'GitRepository', namespaced: true },
          { limit: 10 },
        )
      ).items,
    ).toEqual(version);
  });

  it('finds its key, its pins and its command numbers again after a restart, and needs no token', async () => {
    const { token, clusterId } = hub.makeToken();
    await start(token);
    const commit = await head();
    await until(() => statusOf(clusterId, fleet));
    await command(clusterId, 9, { type: 'pin', object: fleet, commit });
    await until(() => statusOf(clusterId, fleet)?.source?.commit === commit);
    expect((await stat(join(directory, 'state', 'identity', 'key.json'))).mode & 0o777).toBe(0o600);
    await sleep(1200);
    await halt();
    await until(() => !hub.isConnected(clusterId));

    await start(token);
    await until(() => hub.isConnected(clusterId) && hub.cluster(clusterId).snapshots >= 1);
    expect(hub.enrolments).toBe(1);
    await until(() => statusOf(clusterId, fleet)?.source?.commit === commit);
    expect(await command(clusterId, 9, { type: 'release', object: fleet })).toMatchObject({ outcome: 'superseded' });
    expect(await command(clusterId, 10, { type: 'release', object: fleet })).toMatchObject({ outcome: 'succeeded' });
  });

  it('converges again after broken connections, lost acks, a compacted API and a hub that forgot', async () => {
    const { token, clusterId } = hub.makeToken();
    const cluster = await start(token);
    await until(() => readyReason(statusOf(clusterId, web)) === 'ReconciliationSucceeded');
    hub.swallowReplies = true;
    await advanceFleetRepo(bare);
    await follow(cluster);
    await sleep(50);
    hub.cut(clusterId);
    hub.swallowReplies = false;
    cluster.api.compact();
    const sha = await advanceFleetRepo(bare);
    await follow(cluster);
    await until(() => statusOf(clusterId, web)?.revision === `main@sha1:${sha}` && readyReason(statusOf(clusterId, web)) === 'ReconciliationSucceeded');
    hub.cluster(clusterId).forget();
    hub.cut(clusterId);
    await until(() => hub.cluster(clusterId).objects.size === 9 && statusOf(clusterId, web)?.revision === `main@sha1:${sha}`);
    // what was lost in silence is found by the digest
    hub.cluster(clusterId).corrupt({ ...(statusOf(clusterId, web) as ObjectStatus), resourceVersion: 'broken' });
    await until(() => statusOf(clusterId, web)?.resourceVersion !== 'broken');
  });

  it('stops for good on a token that is wrong or used by another key', async () => {
    const cluster = await openCluster();
    await expect(cluster.runAgent({ hubUrl: hub.url, joinToken: 'wrong', timing }, stop.signal)).rejects.toMatchObject({
      name: 'EnrolmentError',
      code: 'join-token-unknown',
    });
    await expect(cluster.runAgent({ hubUrl: hub.url, timing }, stop.signal)).rejects.toThrow(EnrolmentError);
    const { token } = hub.makeToken();
    running.push(cluster.runAgent({ hubUrl: hub.url, joinToken: token, timing }, stop.signal));
    await until(() => hub.enrolments === 1);
    await halt();
    await rm(join(directory, 'state', 'identity'), { recursive: true });
    await expect(cluster.runAgent({ hubUrl: hub.url, joinToken: token, timing }, stop.signal)).rejects.toMatchObject({ code: 'join-token-used' });
    await expect(cluster.runAgent({ hubUrl: hub.url, joinToken: hub.makeToken().token, expectedClusterId: randomUUID(), timing }, stop.signal)).rejects.toThrow(
      /belongs to cluster/,
    );
  });
});

async function until<T>(condition: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = condition();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not met within 10 s: ${condition.toString()}`);
    await sleep(10);
  }
}

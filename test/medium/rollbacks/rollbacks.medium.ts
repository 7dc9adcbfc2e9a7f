import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlotillaError, type RollbackResponse } from '@flotilla/contracts';
import type { Database } from '@flotilla/database';
import { parseSelector, type Principal } from '@flotilla/domain';
import { AuditLog } from '@flotilla/fleet/audit';
import { ChangeFeed } from '@flotilla/fleet/change-feed';
import { FleetRepoGit, RepoLock } from '@flotilla/fleet/fleet-repos';
import { Outbox } from '@flotilla/fleet/outbox';
import { AdvanceRollback, RollbackGit, RollbackPlanner, RollbackScopeReadModel, RollbacksRepository, RollbacksService } from '@flotilla/fleet/rollbacks';
import { SecretBox } from '@flotilla/fleet/secrets';
import { silentLogger } from '@flotilla/observability';
import { createOutbound } from '@flotilla/outbound';
import { freshDatabase } from '@flotilla/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHttpServer } from '../../rig/git-http-server.js';
import { PretendFleet } from './pretend-fleet.js';

const admin: Principal = { subject: 'user:ada', kind: 'user', grants: [{ role: 'admin', selector: [] }], requestId: 'r-1' };
const request = { selector: '', method: 'tag' as const, reason: 'the new release breaks checkout', acceptDeletions: [] as string[] };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : `not classified: ${String(error)}`;
  }
}

let database: Database;
let server: GitHttpServer;
const cache = mkdtempSync(join(tmpdir(), 'flotilla-undo-'));
const outbound = createOutbound({ allow: ['127.0.0.0/8'] });

beforeAll(async () => {
  database = await freshDatabase(12);
  server = await GitHttpServer.start();
});
afterAll(async () => {
  await server.stop();
  await outbound.close();
  await database.close();
  rmSync(cache, { recursive: true, force: true });
});

interface Scene {
  fleet: PretendFleet;
  service: RollbacksService;
  advance: AdvanceRollback;
  folder: string;
  good: string;
  better: string;
  bad: string;
  /** carries it out with the fleet turning, until it rests */
  settle: (id: string) => Promise<RollbackResponse>;
}

/** A fleet of its own (names start with `name`) on a repository of its own, at the bad commit. */
async function scene(name: string, clusters: readonly string[]): Promise<Scene> {
  const { url, folder } = await server.createRepository(name);
  const fleetRepoId = randomUUID();
  await database.query(`insert into fleet_repo (id, name, provider, url, branch) values ($1::uuid, $2, 'git', $3, 'main') returning 1 as ok`, [
    fleetRepoId,
    name,
    url,
  ]);
  const fleet = new PretendFleet(database, folder, fleetRepoId);
  const good = fleet.push(
    { 'apps/web.yaml': 'version: 1\n', ...Object.fromEntries(clusters.map((cluster) => [`clusters/${cluster}/fleet-source.yaml`, fleet.fleetSource()])) },
    'good',
  );
  for (const cluster of clusters) await fleet.add(cluster, { labels: { scene: name } });
  await fleet.turn();
  const better = fleet.push({ 'apps/web.yaml': 'version: 2\n' }, 'better');
  await fleet.turn();
  const bad = fleet.push({ 'apps/web.yaml': 'version: broken\n' }, 'bad');
  await fleet.turn();
  await fleet.mirror();
  const changes = new ChangeFeed(database, silentLogger());
  const git = new RollbackGit(
    new FleetRepoGit(database, new SecretBox(database, randomBytes(32)), new RepoLock(database), outbound, { cacheDirectory: cache }),
  );
  const repository = new RollbacksRepository(database);
  const service = new RollbacksService(
    database,
    repository,
    new RollbackPlanner(new RollbackScopeReadModel(database), git),
    new AuditLog(database),
    new Outbox(database, changes),
    changes,
  );
  const advance = new AdvanceRollback(database, repository, fleet, git, changes);
  const settle = async (id: string): Promise<RollbackResponse> => {
    fleet.start();
    try {
      // where only silent clusters are waited for, a call comes back at once: let the fleet turn before the next
      for (let n = 0; n < 40 && (await advance.advance(id, { pauseMs: 40 })) !== null; n += 1) await fleet.turned();
    } finally {
      fleet.stop();
      await fleet.turn();
    }
    return service.get(admin, id);
  };
  return { fleet, service, advance, folder, good, better, bad, settle };
}

const selected = (name: string): { selector: string } => ({ selector: `scene=${name}` });

describe('rollback', { timeout: 120_000 }, () => {
  it('pins, commits the tag beside other people’s lines, releases, and never shows the bad commit again', async () => {
    const { fleet, service, settle, good, bad } = await scene('whole', ['w1', 'w2']);
    const preview = await service.preview(admin, { ...request, ...selected('whole'), to: `main@sha1:${good}` });
    expect(preview).toMatchObject({ sha: good, subject: 'good', gitReachable: true, budget: { namespaces: 0 } });
    expect(preview.targets).toMatchObject([
      { cluster: 'w1', from: `main@sha1:${bad}`, held: null, deletionsKnown: true, deletions: [], worstCaseSeconds: 180 },
      { cluster: 'w2' },
    ]);

    const started = await service.start(admin, { ...request, ...selected('whole'), to: good.slice(0, 8) });
    const held = await settle(started.id);
    expect(held).toMatchObject({
      state: 'held',
      tag: `fleet/${held.number}`,
      targets: [{ state: 'held', runs: `${held.tag}@sha1:${good}` }, { state: 'held' }],
    });
    for (const cluster of fleet.clusters.values()) {
      expect(cluster).toMatchObject({ tag: held.tag, commit: undefined, runs: good });
      expect(cluster.history.slice(cluster.history.indexOf(bad) + 1)).toEqual([good]);
      expect(fleet.git('show', `main:clusters/${cluster.name}/fleet-source.yaml`)).toContain('# edited by hand, keep this line');
    }
    expect(fleet.git('log', '--format=%s', 'main').trim().split('\n')).toEqual([
      `Roll back 2 clusters to ${good.slice(0, 12)} (${held.tag})`,
      'bad',
      'better',
      'good',
    ]);
    expect(fleet.git('rev-parse', held.tag).trim()).toBe(good);

    // a later push moves nobody who is held
    fleet.push({ 'apps/other.yaml': 'x: 1\n' }, 'unrelated');
    await fleet.turn();
    expect([...fleet.clusters.values()].map((cluster) => cluster.runs)).toEqual([good, good]);
  });

  it('takes a second rollback on top of the first, then lifts to the branch', async () => {
    const { fleet, service, settle, good, better } = await scene('twice', ['t1', 't2']);
    const first = await settle((await service.start(admin, { ...request, ...selected('twice'), to: good })).id);
    const second = await settle((await service.start(admin, { ...request, ...selected('twice'), to: better })).id);
    expect(second.state).toBe('held');
    expect(await service.get(admin, first.id)).toMatchObject({ state: 'lifted', targets: [{ detail: `rollback ${second.number} took over` }, {}] });
    expect([...fleet.clusters.values()].map((cluster) => cluster.runs)).toEqual([better, better]);
    const fixed = fleet.push({ 'apps/web.yaml': 'version: 3\n' }, 'fixed');
    await service.lift(admin, second.id);
    const lifted = await settle(second.id);
    expect(lifted.state).toBe('lifted');
    expect(lifted.liftedAt).not.toBeNull();
    const head = fleet.git('rev-parse', 'main').trim();
    for (const cluster of fleet.clusters.values()) expect(cluster).toMatchObject({ tag: undefined, commit: undefined, runs: head });
    expect(fleet.git('show', `main:apps/web.yaml`)).toBe('version: 3\n');
    expect(fleet.git('rev-parse', 'main~1').trim()).toBe(fixed);
    expect(await codeOf(service.lift(admin, second.id))).toBe('none');
    const open = await service.list(admin, { limit: 100, open: true });
    expect(open.items.map((rollback) => rollback.id)).not.toContain(second.id);
  });

  it('waits for a silent cluster and carries it out when it reports again', async () => {
    const { fleet, service, advance, settle, good } = await scene('silent', ['s1', 's2']);
    const away = fleet.clusters.get('s2');
    if (!away) throw new Error('no s2');
    away.connected = false;
    await database.query(`update cluster set last_received_at = now() - interval '5 minutes' where id = $1::uuid returning 1 as ok`, [away.id]);
    const started = await service.start(admin, { ...request, ...selected('silent'), to: good });
    fleet.start();
    for (let n = 0; n < 8; n += 1) await advance.advance(started.id, { pauseMs: 30 });
    fleet.stop();
    const half = await service.get(admin, started.id);
    expect(half.targets).toMatchObject([
      { cluster: 's1', state: 'held' },
      { cluster: 's2', state: 'releasing' },
    ]);
    expect(half.state).toBe('releasing');
    away.connected = true;
    expect(await settle(started.id)).toMatchObject({ state: 'held', targets: [{ state: 'held' }, { state: 'held', runs: `${half.tag}@sha1:${good}` }] });
  });

  it('waits no longer for a cluster that is forgotten', async () => {
    const { fleet, service, advance, settle, good } = await scene('forgotten', ['gone1', 'gone2']);
    const away = fleet.clusters.get('gone2');
    if (!away) throw new Error('no gone2');
    away.connected = false;
    await database.query(`update cluster set last_received_at = now() - interval '5 minutes' where id = $1::uuid returning 1 as ok`, [away.id]);
    const started = await service.start(admin, { ...request, ...selected('forgotten'), to: good });
    fleet.start();
    for (let n = 0; n < 8; n += 1) await advance.advance(started.id, { pauseMs: 30 });
    fleet.stop();
    expect((await service.get(admin, started.id)).state).toBe('releasing');
    await database.query('update cluster set forgotten_at = now() where id = $1::uuid returning 1 as ok', [away.id]);
    expect(await settle(started.id)).toMatchObject({ state: 'held', targets: [{ state: 'held' }, { state: 'failed', detail: 'the cluster was forgotten' }] });
    await service.lift(admin, started.id);
    expect(await settle(started.id)).toMatchObject({ state: 'lifted' });
  });

  it('pins while Git is down and finishes when it is back', async () => {
    const { fleet, service, advance, settle, folder, good } = await scene('down', ['d1']);
    const started = await service.start(admin, { ...request, ...selected('down'), to: good });
    renameSync(folder, `${folder}.away`);
    // the cluster keeps its stored copy: only the pin moves it
    const cluster = fleet.clusters.get('d1');
    await advance.advance(started.id, { pauseMs: 1 });
    expect(fleet.issued.map((command) => command.arguments.type)).toEqual(['pin']);
    renameSync(`${folder}.away`, folder);
    await fleet.turn();
    renameSync(folder, `${folder}.away`);
    const delay = await advance.advance(started.id, { pauseMs: 1 });
    expect(delay).not.toBeNull();
    expect(cluster?.commit).toBe(good);
    const waiting = await service.get(admin, started.id);
    expect(waiting.targets[0]?.state).toBe('pinned');
    expect(waiting.targets[0]?.detail).toContain('Git:');
    renameSync(`${folder}.away`, folder);
    expect(await settle(started.id)).toMatchObject({ state: 'held' });
  });

  it('may be carried out by several workers at once and started over anywhere, with one commit', async () => {
    const { fleet, service, advance, settle, good } = await scene('crash', ['c1', 'c2', 'c3']);
    const started = await service.start(admin, { ...request, ...selected('crash'), to: good });
    fleet.start();
    await Promise.all([1, 2, 3].map(() => advance.advance(started.id, { pauseMs: 10 })));
    fleet.stop();
    // as after a kill between push and commit of the transaction: Git has it, the store does not
    await database.query(`update rollback_target set git_state = null, state = 'pinned' where rollback_id = $1::uuid returning 1 as ok`, [started.id]);
    expect(await settle(started.id)).toMatchObject({ state: 'held' });
    expect(fleet.git('log', '--format=%s', 'main').trim().split('\n')).toHaveLength(4);
    const pins = fleet.issued.filter((command) => command.arguments.type === 'pin');
    expect(new Set(pins.map((command) => command.clusterId)).size).toBe(pins.length);
  });

  it('makes a tag of its own when a restored hub reuses a number', async () => {
    const { fleet, service, settle, good, bad } = await scene('restored', ['r1']);
    const started = await service.start(admin, { ...request, ...selected('restored'), to: good });
    fleet.git('update-ref', `refs/tags/${started.tag}`, bad);
    const held = await settle(started.id);
    expect(held.state).toBe('held');
    expect(held.tag).toBe(`fleet/${started.number}-${started.id.slice(0, 8)}`);
    expect(fleet.git('rev-parse', started.tag).trim()).toBe(bad);
  });

  it('holds with the pin alone where Git declares the source nowhere', async () => {
    const { fleet, service, settle, good } = await scene('undeclared', []);
    await fleet.add('u1', { labels: { scene: 'undeclared' }, path: false });
    await fleet.turn();
    await database.query(
      `insert into ledger_entry (id, cluster_id, kind, namespace, name, revision, sha, result, message, from_at) select gen_random_uuid(), id, 'Kustomization', 'flux-system', 'workloads', $1, $2, 'succeeded', '', now() from cluster where name = 'u1' returning 1 as ok`,
      [`main@sha1:${good}`, good],
    );
    const held = await settle((await service.start(admin, { ...request, ...selected('undeclared'), to: good, acceptDeletions: ['u1'] })).id);
    expect(held).toMatchObject({ state: 'held', targets: [{ state: 'held', runs: `main@sha1:${good}` }] });
    expect(fleet.clusters.get('u1')?.commit).toBe(good);
    await service.lift(admin, held.id);
    expect(await settle(held.id)).toMatchObject({ state: 'lifted' });
    expect(fleet.clusters.get('u1')?.commit).toBeUndefined();
  });

  it('reverts on the branch for sources that only follow', async () => {
    const { fleet, service, settle, good } = await scene('revert', ['v1']);
    const held = await settle((await service.start(admin, { ...request, ...selected('revert'), to: good, method: 'revert' })).id);
    expect(held.state).toBe('held');
    expect(fleet.git('show', 'main:apps/web.yaml')).toBe('version: 1\n');
    expect(fleet.git('log', '-1', '--format=%s', 'main').trim()).toBe(`Revert apps to ${good.slice(0, 12)}`);
    expect(fleet.git('diff', '--name-only', 'main~1', 'main').trim()).toBe('apps/web.yaml');
  });
});

describe('start', () => {
  it('holds clusters over the deletion budget, not the whole, and lets accepted ones through', async () => {
    const { fleet, service, good } = await scene('budget', ['b1', 'b2']);
    const cluster = fleet.clusters.get('b2');
    if (!cluster) throw new Error('no b2');
    cluster.inventory = (sha) => (sha === good ? ['apps_web_apps_Deployment'] : ['apps_web_apps_Deployment', '_shop__Namespace']);
    await fleet.turn();
    await database.query(`delete from inventory_sighting where cluster_id = $1::uuid and sha <> $2 returning 1 as ok`, [cluster.id, good]);
    const started = await service.start(admin, { ...request, ...selected('budget'), to: good });
    expect(started.targets).toMatchObject([
      { cluster: 'b1', held: null },
      { cluster: 'b2', deletions: ['Namespace shop'] },
    ]);
    expect(started.targets[1]?.held).toMatch(/over the deletion budget/);
    expect(await codeOf(service.start(admin, { ...request, selector: '', clusters: ['b2'], to: good }))).toBe('deletion-budget');
    const accepted = await service.start(admin, { ...request, selector: '', clusters: ['b2'], to: good, acceptDeletions: ['b2'] });
    expect(accepted.targets).toMatchObject([{ cluster: 'b2', held: null }]);
  });

  it('refuses with a stable code and writes nothing', async () => {
    const { service, good, bad } = await scene('refusals', ['f1']);
    const before = await database.query<{ n: bigint }>('select count(*) as n from rollback');
    expect(await codeOf(service.start(admin, { ...request, ...selected('refusals'), to: 'f'.repeat(40) }))).toBe('revision-unknown');
    expect(await codeOf(service.start(admin, { ...request, ...selected('refusals'), to: 'not a revision' }))).toBe('revision-unknown');
    expect(await codeOf(service.start(admin, { ...request, ...selected('refusals'), to: bad }))).toBe('nothing-to-do');
    expect(await codeOf(service.start(admin, { ...request, selector: 'scene in (', to: good }))).toBe('selector-invalid');
    expect(await codeOf(service.start(admin, { ...request, clusters: ['f1', 'nope'], to: good }))).toBe('not-found');
    expect(await codeOf(service.start(admin, { ...request, ...selected('refusals'), to: good, source: 'flux-system' }))).toBe('source-not-controlled');
    expect(await database.query<{ n: bigint }>('select count(*) as n from rollback')).toEqual(before);
  });

  it('sees and touches only clusters in scope', async () => {
    const { service, good } = await scene('scoped', ['p1']);
    const outsider: Principal = { ...admin, grants: [{ role: 'operator', selector: parseSelector('scene=whole') }] };
    expect(await codeOf(service.start(outsider, { ...request, ...selected('scoped'), to: good }))).toBe('nothing-to-do');
    const started = await service.start(admin, { ...request, ...selected('scoped'), to: good });
    expect(await codeOf(service.get(outsider, started.id))).toBe('not-found');
    expect(await codeOf(service.lift(outsider, started.id))).toBe('not-found');
    expect((await service.list(outsider, { limit: 500 })).items.map((rollback) => rollback.id)).not.toContain(started.id);
  });

  it('is in the audit chain, with lift', async () => {
    const { service, good } = await scene('audited', ['a1']);
    const started = await service.start(admin, { ...request, ...selected('audited'), to: good });
    await service.lift(admin, started.id);
    const entries = await new AuditLog(database).list({ limit: 2, beforeSequence: null });
    expect(entries).toMatchObject([
      { action: 'rollbacks:lift', actor: 'user:ada', subject: `rollback/${started.number}` },
      { action: 'rollbacks:start', detail: { clusters: ['a1'], reason: request.reason } },
    ]);
    expect((await new AuditLog(database).verify()).ok).toBe(true);
  });
});

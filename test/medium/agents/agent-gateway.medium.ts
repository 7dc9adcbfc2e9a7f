import type { NestExpressApplication } from '@nestjs/platform-express';
import { Database } from '@flotilla/database';
import { digestOf } from '@flotilla/domain';
import { freshDatabaseUrl } from '@flotilla/testing';
import WebSocket from 'ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAgent } from '../../support/fake-agent.js';
import { addCluster, startGatewayHub } from '../../support/gateway-hub.js';
import { aFleetSource, aKustomization, failing, someRevision, someSha } from '../../support/some-status.js';

describe('agent gateway', () => {
  let database: Database;
  const hubs: { app: NestExpressApplication; url: string }[] = [];
  let url: string;
  let clusterId: string;
  let count = 0;

  beforeAll(async () => {
    const databaseUrl = await freshDatabaseUrl();
    database = new Database({ url: databaseUrl, poolSize: 3 });
    hubs.push(await startGatewayHub(databaseUrl), await startGatewayHub(databaseUrl));
    url = hubs[0]!.url;
  });
  afterAll(async () => {
    await Promise.all(hubs.map(({ app }) => app.close()));
    await database.close();
  });
  beforeEach(async () => {
    count += 1;
    clusterId = await addCluster(database, `c${count}`);
  });

  const row = async (): Promise<Record<string, unknown>> =>
    (await database.pool.query<Record<string, unknown>>('select * from cluster where id = $1', [clusterId])).rows[0]!;
  const objects = async (): Promise<string[]> =>
    (
      await database.pool.query<{ text: string }>(`select kind || '/' || name || ' ' || state as text from flux_object where cluster_id = $1 order by 1`, [
        clusterId,
      ])
    ).rows.map((found) => found.text);
  const ledger = async (): Promise<string[]> =>
    (
      await database.pool.query<{ text: string }>(
        `select name || ' ' || substring(revision from '.$') || ' ' || result || case when to_at is null then ' open' else '' end as text from ledger_entry where cluster_id = $1 order by name, from_at, id`,
        [clusterId],
      )
    ).rows.map((found) => found.text);

  it('stores a snapshot, then deltas, with rollup and ledger, before it acks', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    await agent.acked(agent.snapshot([aFleetSource('a'), aKustomization('web', 'a', { inventory: ['ns_web_apps_Deployment'] })]));
    expect(await objects()).toEqual(['GitRepository/fleet ready', 'Kustomization/web ready']);
    expect(await row()).toMatchObject({ object_count: 2, ready_count: 2, worst: 'ready', revision: someRevision('a'), epoch: agent.epoch, sequence: '1' });
    await agent.acked(agent.deltas([aFleetSource('b')]));
    await agent.acked(agent.deltas([aKustomization('web', 'a', { attemptedRevision: someRevision('b'), ...failing('HealthCheckFailed') })]));
    expect(await row()).toMatchObject({ failing_count: 1, worst: 'failing', worst_reason: 'Kustomization/flux-system/web, health: no', revision: null });
    expect(await ledger()).toEqual(['fleet a succeeded', 'fleet b succeeded open', 'web a succeeded', 'web b failed open']);
    await agent.acked(agent.deltas([], [{ kind: 'Kustomization', namespace: 'flux-system', name: 'web' }]));
    expect(await objects()).toEqual(['GitRepository/fleet ready']);
    expect(await ledger()).toEqual(['fleet a succeeded', 'fleet b succeeded open', 'web a succeeded', 'web b failed']);
    const sightings = await database.pool.query(
      'select s.sha, r.items from inventory_sighting s join inventory_record r using (digest) where s.cluster_id = $1',
      [clusterId],
    );
    expect(sightings.rows).toEqual([{ sha: someSha('a'), items: ['ns_web_apps_Deployment'] }]);
    agent.close();
  });

  it('forgets what a snapshot does not name, but only at its end', async () => {
    const first = await FakeAgent.connect(url, clusterId);
    await first.acked(first.snapshot([aKustomization('a', 'a'), aKustomization('b', 'a')]));
    first.close();
    const second = await FakeAgent.connect(url, clusterId);
    await second.acked(second.snapshot([aKustomization('a', 'a')], { end: false }));
    expect(await objects()).toHaveLength(2);
    expect((await row())['epoch']).toBeNull();
    second.close();
    const third = await FakeAgent.connect(url, clusterId, { epoch: second.epoch, sequence: 1 });
    await third.acked(third.snapshot([aKustomization('a', 'a')], { end: false }));
    await third.acked(third.snapshot([aKustomization('c', 'a')], { start: false }));
    expect(await objects()).toEqual(['Kustomization/a ready', 'Kustomization/c ready']);
    third.close();
  });

  it('goes on after a reconnect without a snapshot, and asks for one when frames are missing', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    await agent.acked(agent.snapshot([aKustomization('a', 'a')]));
    agent.close();
    const again = await FakeAgent.dial(url, clusterId, { epoch: agent.epoch });
    again.hello({ sequence: 3 });
    expect(await again.next('welcome')).toMatchObject({ snapshot: false, resumeAfter: 1 });
    again.deltas([aKustomization('lost', 'a')], [], 3);
    await again.next('snapshot.request');
    await again.acked(again.snapshot([aKustomization('a', 'a'), aKustomization('b', 'a')], { sequence: 4 }));
    expect(await objects()).toEqual(['Kustomization/a ready', 'Kustomization/b ready']);
    again.close();
  });

  it('asks for a snapshot when the hub lost frames it once acked, or the agent is not synced', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    await agent.acked(agent.snapshot([aKustomization('a', 'a')]));
    agent.close();
    for (const hello of [{ sequence: 100 }, { sequence: 1, digest: '' }]) {
      const again = await FakeAgent.dial(url, clusterId, { epoch: agent.epoch });
      again.hello(hello);
      expect(await again.next('welcome')).toMatchObject({ snapshot: true });
      again.close();
    }
  });

  it('applies a repeated frame once, and acks it again', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    await agent.acked(agent.snapshot([aKustomization('a', 'a')]));
    await agent.acked(agent.deltas([aKustomization('a', 'b')]));
    agent.received.length = 0;
    agent.deltas([aKustomization('a', 'c')], [], 2);
    await agent.acked(2);
    expect((await database.pool.query('select sha from flux_object where cluster_id = $1', [clusterId])).rows).toEqual([{ sha: someSha('b') }]);
    agent.close();
  });

  it('asks for a snapshot when the digests differ', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    const status = aKustomization('a', 'a');
    await agent.acked(agent.snapshot([status]));
    agent.send({ type: 'digest', epoch: agent.epoch, sequence: 1, digest: digestOf([status]) });
    agent.send({ type: 'digest', epoch: agent.epoch, sequence: 1, digest: digestOf([]) });
    expect(await agent.next('snapshot.request')).toMatchObject({ reason: 'the digests differ' });
    agent.close();
  });

  it.each([0, 1])('fences the earlier connection when another takes over on replica %i', async (replica) => {
    const first = await FakeAgent.connect(url, clusterId);
    await first.acked(first.snapshot([aKustomization('a', 'a')]));
    first.socket.pause();
    const second = await FakeAgent.connect(hubs[replica]!.url, clusterId);
    await second.acked(second.snapshot([aKustomization('b', 'a')]));
    first.deltas([aKustomization('stale', 'a')]);
    first.socket.resume();
    expect(await first.next('close')).toMatchObject({ code: 'fenced' });
    expect(await objects()).toEqual(['Kustomization/b ready']);
    second.close();
  });

  it.each([0, 1])('calls the cluster contested when the earlier connection still lives (replica %i)', async (replica) => {
    const first = await FakeAgent.connect(url, clusterId);
    const second = await FakeAgent.connect(hubs[replica]!.url, clusterId);
    await first.next('close');
    expect((await row())['contested_at']).not.toBeNull();
    second.close();
  });

  it('calls the cluster contested when two epochs take turns', async () => {
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()];
    for (const epoch of [one, two]) {
      (await FakeAgent.connect(url, clusterId, { epoch })).close();
      await expect.poll(async () => (await row())['connected_replica']).toBeNull();
      expect((await row())['contested_at']).toBeNull();
    }
    (await FakeAgent.connect(url, clusterId, { epoch: one })).close();
    expect((await row())['contested_at']).not.toBeNull();
  });

  it('closes a revoked agent and one of a forgotten cluster', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    await database.pool.query('update cluster set forgotten_at = now() where id = $1', [clusterId]);
    await database.pool.query(`select pg_notify('flotilla_changes', $1)`, [JSON.stringify({ topic: 'agents', clusterIds: [clusterId] })]);
    expect(await agent.next('close')).toMatchObject({ code: 'revoked' });
    const again = await FakeAgent.dial(url, clusterId);
    again.hello();
    expect(await again.next('close')).toMatchObject({ code: 'revoked' });
  });

  it.each([
    ['no JSON', '{', 'malformed'],
    ['no type', '{"v":1}', 'malformed'],
    [
      'a delta that does not fit',
      '{"v":1,"type":"deltas","epoch":"00000000-0000-4000-8000-000000000000","sequence":1,"upserts":[{}],"deletes":[]}',
      'malformed',
    ],
    ['a frame over the bound', 'x'.repeat(1024 * 1024 + 1), 'malformed'],
    ['a frame of another epoch', '{"v":1,"type":"deltas","epoch":"00000000-0000-4000-8000-000000000000","sequence":1,"upserts":[],"deletes":[]}', 'protocol'],
  ])('closes on %s and writes nothing', async (_title, text, code) => {
    const agent = await FakeAgent.connect(url, clusterId);
    agent.raw(text);
    expect(await agent.next('close')).toMatchObject({ code });
    expect(await objects()).toEqual([]);
  });

  it('skips messages of types it does not know', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    agent.raw('{"v":1,"type":"from-the-future"}');
    await agent.acked(agent.snapshot([aKustomization('a', 'a')]));
    agent.close();
  });

  it('stores text that Postgres would refuse', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    await agent.acked(agent.snapshot([aKustomization('a', 'a', failing('BuildFailed', 'nul \u0000 half \ud83d whole \ud83d\ude00 text \\ud83d'))]));
    const { rows } = await database.pool.query('select message from flux_object where cluster_id = $1', [clusterId]);
    expect(rows).toEqual([{ message: 'nul \ufffd half \ufffd whole \ud83d\ude00 text \\ud83d' }]);
    agent.close();
  });

  it('ends a socket on a frame far over the bound', async () => {
    const agent = await FakeAgent.connect(url, clusterId);
    agent.raw('x'.repeat(10 * 1024 * 1024));
    expect(await agent.closed()).toBe(1009);
  });

  it.each([
    ['no assertion', {}, 401],
    ['a wrong assertion', { authorization: 'Bearer nobody.x' }, 401],
  ])('refuses %s before the upgrade', async (_title, headers, status) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/agent/v1/stream`, { headers });
    const answered = await new Promise<number | undefined>((resolve) => {
      socket.on('error', () => undefined);
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    });
    expect(answered).toBe(status);
  });

  it('carries several clusters over one socket, each with its own assertion', async () => {
    const other = await addCluster(database, `other${count}`);
    const agent = await FakeAgent.connect(url, clusterId);
    const hello = {
      v: 1,
      type: 'hello',
      channel: 'x',
      protocol: 1,
      clusterId: other,
      incarnation: 1,
      epoch: crypto.randomUUID(),
      sequence: 0,
      digest: 'd',
      clock: new Date().toISOString(),
      facts: { agentVersion: 'v', kubernetesVersion: 'v', clusterUid: 'u' },
    };
    agent.raw(JSON.stringify(hello));
    expect(await agent.next('close')).toMatchObject({ code: 'protocol', channel: 'x' });
    agent.raw(JSON.stringify({ ...hello, assertion: `${other}.1` }));
    expect(await agent.next('welcome')).toMatchObject({ channel: 'x' });
    await agent.acked(agent.snapshot([aKustomization('a', 'a')]));
    agent.close();
  });
});

import type { ObjectStatus } from '@flotilla/contracts';
import { silentAfterMs } from '@flotilla/domain';
import { AgentAuthority, type VerifiedAgent } from '@flotilla/fleet/agents';
import { readServerEvents } from '../../../libs/api-client/src/sse.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeAgent } from '../../support/fake-agent.js';
import { addCluster } from '../../support/gateway-hub.js';
import { aFleetSource, aKustomization, failing, someRevision, someSha } from '../../support/some-status.js';
import { adminToken, startTestHub, type TestHub } from '../../support/test-hub.js';

const bad = (): ObjectStatus => aKustomization('web', 'a', { attemptedRevision: someRevision('b'), ...failing('BuildFailed', 'kustomize build failed') });

describe('what the hub observes', () => {
  let hub: TestHub;
  let eu: string;
  let us: string;
  let agent: FakeAgent;
  let usAgent: FakeAgent;
  let usToken: string;

  beforeAll(async () => {
    hub = await startTestHub();
    // the keys of agents are another test's matter
    const authority = hub.app.get(AgentAuthority, { strict: false });
    authority.verify = (assertion: string): Promise<VerifiedAgent> =>
      Promise.resolve({ clusterId: assertion.split('.')[0] ?? '', incarnation: 1, readOnly: false });
    eu = await addCluster(hub.database, 'eu-1', { region: 'eu' });
    us = await addCluster(hub.database, 'us-1', { region: 'us' });
    const made = await hub.admin().post('/api/v1/tokens').send({ name: 'us', role: 'viewer', selector: 'region=us' }).expect(201);
    usToken = made.body.token as string;
    const repo = crypto.randomUUID();
    await hub.database.pool.query(
      `insert into fleet_repo (id, name, provider, url, branch, head_sha) values ($1, 'fleet', 'git', 'https://git.example/fleet.git', 'main', $2)`,
      [repo, someSha('b')],
    );
    await hub.database.pool.query('update cluster set fleet_repo_id = $1', [repo]);
    for (const [position, digit, author] of [
      [1, 'a', 'Ada'],
      [2, 'b', 'Bob'],
      [3, 'c', 'Cyd'],
    ] as const) {
      await hub.database.pool.query(
        `insert into mirror_commit (fleet_repo_id, sha, position, author, author_email, committed_at, subject) values ($1, $2, $3, $4, '', now(), $5)`,
        [repo, someSha(digit), position, author, `change ${digit}`],
      );
    }
    agent = await FakeAgent.connect(hub.url, eu);
    await agent.acked(agent.snapshot([aFleetSource('a'), aKustomization('web', 'a', { inventory: ['x'] })]));
    usAgent = await FakeAgent.connect(hub.url, us);
    await usAgent.acked(usAgent.snapshot([aFleetSource('a'), aKustomization('web', 'a')]));
  });
  afterAll(() => hub.stop());

  const get = async (path: string, token = adminToken): Promise<Record<string, unknown> & { items: Record<string, unknown>[] }> =>
    (await hub.as(token).get(`/api/v1${path}`).expect(200)).body as never;

  it('lists objects by page, filtered, within scope', async () => {
    const all = await get('/objects');
    expect(all.items.map((item) => [item['cluster'], (item['status'] as ObjectStatus).kind, item['state'], item['stale']])).toEqual([
      ['eu-1', 'GitRepository', 'ready', false],
      ['eu-1', 'Kustomization', 'ready', false],
      ['us-1', 'GitRepository', 'ready', false],
      ['us-1', 'Kustomization', 'ready', false],
    ]);
    expect((await get('/objects', usToken)).items.map((item) => item['cluster'])).toEqual(['us-1', 'us-1']);
    expect((await get('/objects?selector=region%3Deu&kind=Kustomization')).items).toMatchObject([{ cluster: 'eu-1' }]);
    const first = await get('/objects?limit=3');
    expect((await get(`/objects?limit=3&cursor=${String(first['nextCursor'])}`)).items).toHaveLength(1);
    expect((await get('/clusters/eu-1/objects')).items).toHaveLength(2);
    expect((await get('/clusters/eu-1/objects?name=web')).items).toMatchObject([{ status: { inventory: ['x'] } }]);
    await hub.as(usToken).get('/api/v1/clusters/eu-1/objects').expect(404);
  });

  it('tells the fleet in numbers, within scope', async () => {
    expect(await get('/fleet/summary')).toMatchObject({
      clusters: 2,
      states: { ready: 2 },
      revisions: [{ revision: someRevision('a'), clusters: 2 }],
      head: someRevision('b'),
      openRollbacks: 0,
      firingAlerts: 0,
    });
    expect(await get('/fleet/summary', usToken)).toMatchObject({ clusters: 1, states: { ready: 1, unknown: 0 } });
  });

  it('keeps a ledger with authors: good, bad, good again', async () => {
    await agent.acked(agent.deltas([aFleetSource('b'), bad()]));
    const between = new Date().toISOString();
    expect(await get('/clusters/eu-1/explain?revision=bbbbbbb')).toMatchObject({
      at: false,
      revision: someSha('b'),
      reasons: [{ code: 'build-failed', stage: 'build', object: { name: 'web' } }],
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await agent.acked(agent.deltas([aFleetSource('c'), aKustomization('web', 'c')]));
    const ledger = await get('/ledger?cluster=eu-1&kind=Kustomization');
    expect(ledger.items.map((item) => [item['sha'], item['result'], item['stage'], item['author'], item['to'] === null])).toEqual([
      [someSha('c'), 'succeeded', null, 'Cyd', true],
      [someSha('b'), 'failed', 'build', 'Bob', false],
      [someSha('a'), 'succeeded', null, 'Ada', false],
    ]);
    expect((await get(`/ledger?cluster=eu-1&kind=Kustomization&at=${between}`)).items.map((item) => item['sha'])).toEqual([someSha('b')]);
    expect((await get('/ledger', usToken)).items.every((item) => item['cluster'] === 'us-1')).toBe(true);
  });

  it('explains, and knows no revision that nobody has', async () => {
    expect(await get(`/clusters/eu-1/explain?revision=${encodeURIComponent(someRevision('c'))}`)).toMatchObject({
      at: true,
      reasons: [],
      since: expect.any(String),
    });
    expect(await get('/clusters/us-1/explain?revision=ccccccc')).toMatchObject({ at: false, reasons: [{ code: 'source-behind' }] });
    for (const revision of ['ddddddd', someSha('d'), 'not-a-revision']) {
      const answer = await hub.admin().get(`/api/v1/clusters/eu-1/explain?revision=${revision}`).expect(404);
      expect(answer.body).toMatchObject({ code: 'revision-unknown' });
    }
    await hub.as(usToken).get('/api/v1/clusters/eu-1/explain?revision=ccccccc').expect(404);
  });

  it('streams events, each viewer within scope', async () => {
    const streams = await Promise.all(
      [adminToken, usToken].map((token) => fetch(`${hub.url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } })),
    );
    const [all, some] = streams.map((stream) => readServerEvents(stream.body!));
    await agent.acked(agent.deltas([aKustomization('web', 'c')]));
    const seen = await all!.next();
    expect(JSON.parse((seen.value as { data: string }).data)).toMatchObject({ clusterIds: [eu] });
    await usAgent.acked(usAgent.deltas([aKustomization('web', 'a')]));
    const scoped = await some!.next();
    expect(JSON.parse((scoped.value as { data: string }).data)).toMatchObject({ clusterIds: [us] });
    await Promise.all([all!.return(undefined), some!.return(undefined)]);
  });

  it.each<[string, number, string]>([
    ['lately', 1_000, 'clusters'],
    ['long ago', 3_600_000, 'refresh'],
  ])('resumes from an id of %s', async (_title, ago, topic) => {
    const stream = await fetch(`${hub.url}/api/v1/events`, { headers: { authorization: `Bearer ${adminToken}`, 'last-event-id': String(Date.now() - ago) } });
    const events = readServerEvents(stream.body!);
    expect(JSON.parse(((await events.next()).value as { data: string }).data)).toMatchObject({ topic });
    await events.return(undefined);
  });

  it('leaves green within two heartbeats of the last word, for cluster, objects and fleet', async () => {
    await agent.acked(agent.deltas([aFleetSource('c'), aKustomization('web', 'c')]));
    expect(await get('/clusters/eu-1')).toMatchObject({ state: 'ready' });
    // the agent is stopped: its socket stays open, it says nothing more
    agent.socket.pause();
    await hub.database.pool.query(`update cluster set last_received_at = now() - interval '${silentAfterMs - 2_000} milliseconds' where id = $1`, [eu]);
    expect(await get('/clusters/eu-1')).toMatchObject({ state: 'ready' });
    await expect
      .poll(() => get('/clusters/eu-1'), { timeout: 6_000 })
      .toMatchObject({ state: 'unknown', stateReason: expect.stringContaining('silent since') });
    expect((await get('/clusters/eu-1/objects')).items.every((item) => item['state'] === 'unknown' && item['stale'] === true)).toBe(true);
    expect(await get('/fleet/summary')).toMatchObject({ states: { unknown: 1 } });
    expect((await get('/objects?state=unknown')).items).toHaveLength(2);
    expect(await get('/clusters/eu-1/explain?revision=ccccccc')).toMatchObject({ at: false, reasons: [{ code: 'agent-silent' }] });
    agent.socket.resume();
    agent.heartbeat();
    await expect.poll(() => get('/clusters/eu-1'), { timeout: 6_000 }).toMatchObject({ state: 'ready' });
  });
});

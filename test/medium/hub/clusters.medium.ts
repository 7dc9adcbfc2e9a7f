import { clusterStateAt, matches, parseSelector, silentAfterMs } from '@flotilla/domain';
import { Parameters, selectorSql, stateSql } from '@flotilla/fleet/clusters';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub } from '../../support/test-hub.js';

let hub: TestHub;
let repoId: string;
beforeAll(async () => {
  hub = await startTestHub();
  const [repo] = await hub.database.query<{ id: string }>(
    `insert into fleet_repo (id, name, provider, url, branch) values (gen_random_uuid(), 'fleet', 'git', 'https://git.example.test/o/fleet.git', 'main') returning id`,
  );
  repoId = repo?.id ?? '';
});
afterAll(() => hub.stop());

async function tokenOf(role: 'viewer' | 'operator' | 'admin', selector = ''): Promise<string> {
  return (
    await hub
      .admin()
      .post('/api/v1/tokens')
      .send({ name: `t-${crypto.randomUUID().slice(0, 8)}`, role, selector })
      .expect(201)
  ).body.token as string;
}
const create = (body: object) => hub.admin().post('/api/v1/clusters').send(body);

describe('registering a cluster', () => {
  it('answers it, joining, and finds it by name and id', async () => {
    const made = await create({ name: 'prod-eu-1', labels: { region: 'eu', ring: '1' }, fleetRepoId: repoId, path: './clusters//prod-eu-1/' }).expect(201);
    expect(made.body).toMatchObject({
      name: 'prod-eu-1',
      path: 'clusters/prod-eu-1',
      state: 'joining',
      stateSince: null,
      fleetRepo: { id: repoId, name: 'fleet' },
      agent: null,
      divergences: [],
      counts: { objects: 0 },
    });
    for (const key of ['prod-eu-1', made.body.id as string]) expect((await hub.admin().get(`/api/v1/clusters/${key}`).expect(200)).body).toEqual(made.body);
    const [entry] = await hub.database.query<{ actor: string; cluster_id: string }>(
      `select actor, cluster_id from audit_entry where action = 'clusters:create' and subject = 'cluster/prod-eu-1'`,
    );
    expect(entry).toEqual({ actor: 'token:bootstrap', cluster_id: made.body.id });
  });

  it.each<[string, object, number, string]>([
    ['a name twice', { name: 'prod-eu-1' }, 409, 'already-exists'],
    ['a name that is none', { name: 'Prod EU' }, 400, 'bad-request'],
    ['a name that looks like an id', { name: '5b2f4c1e-6c8e-4a53-9b0e-0a3e2a7c1f10' }, 400, 'bad-request'],
    ['a path outside the repository', { name: 'x', path: 'clusters/../../etc' }, 400, 'path-invalid'],
    ['an absolute path', { name: 'x', path: '/etc' }, 400, 'path-invalid'],
    ['the root of the repository', { name: 'x', path: './' }, 400, 'path-invalid'],
    ["another cluster's path", { name: 'x', path: 'Clusters/PROD-eu-1' }, 409, 'path-overlaps'],
    ["a directory above another cluster's", { name: 'x', path: 'clusters' }, 409, 'path-overlaps'],
    ["a directory within another cluster's", { name: 'x', path: 'clusters/prod-eu-1/apps' }, 409, 'path-overlaps'],
    ['a fleet repo that is not there', { name: 'x', path: 'a', fleetRepoId: '5b2f4c1e-6c8e-4a53-9b0e-0a3e2a7c1f10' }, 404, 'not-found'],
    ['a label that is none', { name: 'x', labels: { 'not a key': 'v' } }, 400, 'bad-request'],
  ])('refuses %s and writes nothing', async (_, body, status, code) => {
    const before = [await hub.count('cluster'), await hub.acts()];
    const answer = await create({ ...('path' in body && !('fleetRepoId' in body) ? { fleetRepoId: repoId } : {}), ...body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.body.detail.length).toBeGreaterThan(20);
    expect([await hub.count('cluster'), await hub.acts()]).toEqual(before);
  });

  it('refuses a path without a fleet repo', async () => {
    expect((await create({ name: 'x', path: 'a' }).expect(400)).body.errors).toEqual([{ path: 'fleetRepoId', message: 'is needed with path' }]);
  });

  it('lets one of many that want overlapping paths at once have it', async () => {
    const answers = await Promise.all(['race', 'race/a', 'race/a/b', 'Race/A'].map((path, n) => create({ name: `race-${n}`, fleetRepoId: repoId, path })));
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([201, 409, 409, 409]);
  });

  it('sees one repository under two registrations as one', async () => {
    const [twin] = await hub.database.query<{ id: string }>(
      `insert into fleet_repo (id, name, provider, url, branch) values (gen_random_uuid(), 'twin', 'git', 'https://git.example.test/o/fleet', 'main') returning id`,
    );
    expect((await create({ name: 'x', fleetRepoId: twin?.id, path: 'clusters/prod-eu-1' }).expect(409)).body.code).toBe('path-overlaps');
  });
});

describe('the scope of who asks', () => {
  let eu: string;
  beforeAll(async () => {
    await create({ name: 'prod-us-1', labels: { region: 'us' } }).expect(201);
    eu = await tokenOf('admin', 'region=eu');
  });

  it('hides other clusters from every route', async () => {
    const list = await hub.as(eu).get('/api/v1/clusters').expect(200);
    expect(list.body.items.map((cluster: { name: string }) => cluster.name)).toEqual(['prod-eu-1']);
    expect((await hub.as(eu).get('/api/v1/clusters/prod-us-1').expect(404)).body.code).toBe('not-found');
    await hub
      .as(eu)
      .patch('/api/v1/clusters/prod-us-1')
      .send({ labels: { region: 'eu' } })
      .expect(404);
    await hub.as(eu).delete('/api/v1/clusters/prod-us-1').expect(404);
    await hub.as(eu).post('/api/v1/clusters/prod-us-1/join-tokens').send({}).expect(404);
    await hub.as(eu).post('/api/v1/clusters/prod-us-1/agents/revoke').expect(404);
    const refused = await hub.database.query(
      `select 1 as ok from audit_entry where outcome = 'refused' and detail ->> 'code' = 'not-found' and subject like '%prod-us-1%'`,
    );
    expect(refused.length).toBe(5);
    expect((await hub.admin().get('/api/v1/clusters/prod-us-1').expect(200)).body.labels).toEqual({ region: 'us' });
  });

  it('lets nobody move a cluster out of it by labels', async () => {
    expect(
      (
        await hub
          .as(eu)
          .patch('/api/v1/clusters/prod-eu-1')
          .send({ labels: { region: 'us' } })
          .expect(403)
      ).body.code,
    ).toBe('forbidden');
    expect(
      (
        await hub
          .as(eu)
          .patch('/api/v1/clusters/prod-eu-1')
          .send({ labels: { region: 'eu', ring: '2' } })
          .expect(200)
      ).body.labels,
    ).toEqual({ region: 'eu', ring: '2' });
  });

  it('tells what may be seen but not done', async () => {
    const viewer = await tokenOf('viewer');
    await hub.as(viewer).get('/api/v1/clusters/prod-us-1').expect(200);
    await hub.as(viewer).delete('/api/v1/clusters/prod-us-1').expect(403);
  });
});

describe('lists', () => {
  const sets = [{ region: 'eu', tier: '10' }, { region: 'us', tier: '9' }, { region: 'eu', canary: '' }, { tier: 'x' }, {}, { region: 'e_u', tier: '3' }];
  beforeAll(async () => {
    for (const [n, labels] of sets.entries())
      await hub.database.query(`insert into cluster (id, name, labels) values (gen_random_uuid(), $1, $2::jsonb) returning 1 as ok`, [
        `sel-${n}`,
        JSON.stringify(labels),
      ]);
  });

  it.each(['', 'region=eu', 'region!=eu', 'region in (eu,us)', 'region notin (eu)', 'tier', '!tier', 'tier>9', 'tier<10', 'region=eu,!canary', 'canary='])(
    'select by "%s" as the domain does',
    async (selector) => {
      const requirements = parseSelector(selector);
      const parameters = new Parameters();
      const condition = selectorSql(requirements, parameters);
      const rows = await hub.database.query<{ name: string }>(
        `select c.name from cluster c where c.name like 'sel-%' and ${condition} order by c.name`,
        parameters.values,
      );
      expect(rows.map((row) => row.name)).toEqual(sets.flatMap((labels, n) => (matches(requirements, labels as Record<string, string>) ? [`sel-${n}`] : [])));
    },
  );

  it('use the index on labels for equality', async () => {
    const parameters = new Parameters();
    const condition = selectorSql(parseSelector('region=eu,tier=10'), parameters);
    const client = await hub.database.pool.connect();
    try {
      await client.query('set enable_seqscan = off');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain select 1 from cluster c where ${condition}`, parameters.values as unknown[]);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('cluster_labels_idx');
    } finally {
      client.release(true);
    }
  });

  it('page by name without gap or repeat', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await hub
        .admin()
        .get(`/api/v1/clusters?limit=4${cursor ? `&cursor=${cursor}` : ''}`)
        .expect(200);
      seen.push(...page.body.items.map((cluster: { name: string }) => cluster.name));
      cursor = page.body.nextCursor ?? '';
    } while (cursor);
    expect(seen).toEqual([...new Set(seen)].sort());
    expect(seen.length).toBe(await hub.count('cluster'));
    expect((await hub.admin().get('/api/v1/clusters?selector=a%3D%3D%3Db').expect(400)).body.code).toBe('selector-invalid');
  });
});

describe('the state of a cluster', () => {
  it('is judged alike in SQL and in the domain, at every edge', async () => {
    const ages = [null, 0, silentAfterMs - 2_000, silentAfterMs + 2_000];
    const combinations = ages.flatMap((age) =>
      [true, false].flatMap((contested) => ['ready', 'failing', 'joining'].map((worst) => ({ age, contested, worst }))),
    );
    for (const { age, contested, worst } of combinations) {
      const [row] = await hub.database.query<{ state: string; last_received_at: Date | null; contested_at: Date | null; now: Date }>(
        `with c as (select $1::text as worst, clock_timestamp() - make_interval(secs => $2::double precision) as last_received_at, case when $3 then clock_timestamp() end as contested_at)
         select ${stateSql} as state, c.*, clock_timestamp() as now from c`,
        [worst, age === null ? null : age / 1_000, contested],
      );
      if (!row) throw new Error('no row');
      const told = clusterStateAt({ worst, worstSince: null, worstReason: '', lastReceivedAt: row.last_received_at, contestedAt: row.contested_at }, row.now);
      expect([{ age, contested, worst }, row.state]).toEqual([{ age, contested, worst }, told.state]);
    }
  });

  it('leaves green by itself when nothing is heard', async () => {
    await hub.database.query(
      `update cluster set worst = 'ready', worst_since = now() - interval '1 hour', last_received_at = now() where name = 'prod-eu-1' returning 1 as ok`,
    );
    expect((await hub.admin().get('/api/v1/clusters/prod-eu-1')).body.state).toBe('ready');
    await hub.database.query(`update cluster set last_received_at = now() - interval '31 seconds' where name = 'prod-eu-1' returning 1 as ok`);
    expect((await hub.admin().get('/api/v1/clusters/prod-eu-1')).body).toMatchObject({
      state: 'unknown',
      stateReason: expect.stringContaining('silent since'),
    });
    const list = await hub.admin().get('/api/v1/clusters?state=unknown').expect(200);
    expect(list.body.items.map((cluster: { name: string }) => cluster.name)).toEqual(['prod-eu-1']);
  });
});

describe('forgetting a cluster', () => {
  it('drops its status, keeps its history, and frees its name and path', async () => {
    const made = await create({ name: 'gone', fleetRepoId: repoId, path: 'clusters/gone' }).expect(201);
    await hub.admin().delete('/api/v1/clusters/gone').expect(204);
    await hub.admin().get('/api/v1/clusters/gone').expect(404);
    await hub
      .admin()
      .get(`/api/v1/clusters/${made.body.id as string}`)
      .expect(404);
    await hub.admin().delete('/api/v1/clusters/gone').expect(404);
    const again = await create({ name: 'gone', fleetRepoId: repoId, path: 'clusters/gone' }).expect(201);
    expect(again.body.id).not.toBe(made.body.id);
  });

  it('does not move a path that Flux was bootstrapped from', async () => {
    const made = await create({ name: 'booted', fleetRepoId: repoId, path: 'clusters/booted' }).expect(201);
    await hub.database.query(
      `insert into operation (id, kind, cluster_id, subject, state, input, issuer) values (gen_random_uuid(), 'bootstrap', $1::uuid, 'cluster/booted', 'succeeded', '{}', 'user:admin') returning 1 as ok`,
      [made.body.id],
    );
    expect((await hub.admin().patch('/api/v1/clusters/booted').send({ path: 'clusters/elsewhere' }).expect(409)).body.code).toBe('conflict');
    await hub
      .admin()
      .patch('/api/v1/clusters/booted')
      .send({ labels: { a: 'b' } })
      .expect(200);
  });
});

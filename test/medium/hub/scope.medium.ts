import { AgentAuthority, type VerifiedAgent } from '@flotilla/fleet/agents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeAgent } from '../../support/fake-agent.js';
import { addCluster } from '../../support/gateway-hub.js';
import { routesOf } from '../../support/hub-routes.js';
import { aFleetSource, aKustomization, failing, someRevision, someSha } from '../../support/some-status.js';
import { startTestHub, type TestHub } from '../../support/test-hub.js';

/** What names the cluster out of scope; none of it may reach the scoped principal. */
const foreign = 'beta-secret';
const foreignObject = 'beta-workload';

const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n').toString('base64');
const kubeconfig = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'c',
  clusters: [{ name: 'k', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': certificate } }],
  contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  users: [{ name: 'u', user: { token: 'abc' } }],
});

/** Routes about one cluster, with a body that is well formed: only the scope can be the reason of a refusal. The one that forgets the cluster comes last. */
const clusterRoutes: readonly [route: string, body?: object][] = [
  ['GET clusters/:cluster'],
  ['GET clusters/:cluster/objects'],
  ['GET clusters/:cluster/commands'],
  [`GET clusters/:cluster/explain?revision=${someSha('a')}`],
  ['GET operations/:id'],
  ['GET commands/:id'],
  ['GET rollbacks/:id'],
  ['PATCH clusters/:cluster', { labels: { team: 'b' } }],
  ['POST clusters/:cluster/join-tokens', {}],
  ['POST clusters/:cluster/content', { message: 'x', files: [{ path: 'x.yaml', content: 'a: 1' }] }],
  ['POST clusters/:cluster/bootstrap', { kubeconfig }],
  ['POST clusters/:cluster/check', { kubeconfig, pre: true }],
  ['POST clusters/:cluster/commands', { type: 'reconcile', object: { kind: 'Kustomization', namespace: 'flux-system', name: foreignObject } }],
  ['POST rollbacks/:id/lift', {}],
  ['POST clusters/:cluster/agents/revoke', {}],
  ['DELETE clusters/:cluster'],
];

/** Routes with a parameter that names nothing of one cluster. */
const hubRoutes = ['DELETE tokens/:id', 'DELETE hooks/:id', 'GET fleet-repos/:id', 'POST fleet-repos/:id/refresh', 'GET fleet/revisions/:sha'];

/** Lists in which an admin of all clusters sees the foreign one. */
const telling = ['clusters', 'objects', 'operations', 'rollbacks', 'alerts', 'deliveries', 'ledger', 'audit'];

describe('an admin of some clusters', () => {
  let hub: TestHub;
  let agent: FakeAgent;
  let token: string;
  let shared: string;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    hub = await startTestHub({ FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8' });
    const authority = hub.app.get(AgentAuthority, { strict: false });
    authority.verify = (assertion: string): Promise<VerifiedAgent> =>
      Promise.resolve({ clusterId: assertion.split('.')[0] ?? '', incarnation: 1, readOnly: false });
    token = (await hub.admin().post('/api/v1/tokens').send({ name: 'team-a', role: 'admin', selector: 'team=a' }).expect(201)).body.token as string;
    const { prisma } = hub.database;
    const repo = await prisma.fleetRepo.create({
      data: { name: 'fleet', provider: 'git', url: 'https://git.example/fleet.git', branch: 'main', headSha: someSha('a') },
    });
    const own = await addCluster(hub.database, 'alpha', { team: 'a' });
    const beta = await addCluster(hub.database, foreign, { team: 'b' });
    await prisma.cluster.update({ where: { id: own }, data: { fleetRepoId: repo.id, path: 'clusters/a' } });
    await prisma.cluster.update({ where: { id: beta }, data: { fleetRepoId: repo.id, path: 'clusters/b' } });
    await prisma.mirrorCommit.create({
      data: {
        fleetRepoId: repo.id,
        sha: someSha('a'),
        position: 1,
        parents: [],
        author: 'Ada',
        authorEmail: '',
        committedAt: new Date(),
        subject: 'x',
        paths: ['clusters/b/x.yaml'],
      },
    });
    agent = await FakeAgent.connect(hub.url, beta);
    const broken = aKustomization(foreignObject, 'a', { attemptedRevision: someRevision('a'), ...failing('BuildFailed', `no ${foreignObject}`) });
    await agent.acked(agent.snapshot([aFleetSource('a'), broken]));
    const operation = await prisma.operation.create({
      data: { kind: 'commit', clusterId: beta, subject: `cluster/${foreign}`, state: 'running', input: {}, issuer: 'token:b' },
    });
    const command = await prisma.command.create({
      data: {
        clusterId: beta,
        type: 'reconcile',
        objectName: foreignObject,
        arguments: {},
        number: 1n,
        state: 'pending',
        issuer: 'token:b',
        expiresAt: new Date(Date.now() + 3_600_000),
      },
    });
    const rollback = async (clusters: string[], selector: string): Promise<string> => {
      const target = (clusterId: string) => ({
        clusterId,
        sourceNamespace: 'flux-system',
        sourceName: 'fleet',
        state: 'pinned',
        detail: clusterId === beta ? foreign : '',
      });
      const made = await prisma.rollback.create({
        data: {
          selector,
          fleetRepoId: repo.id,
          to: someRevision('a'),
          sha: someSha('a'),
          tag: 'fleet/1',
          method: 'tag',
          state: 'held',
          reason: '',
          owner: 'token:b',
          targets: { create: clusters.map(target) },
        },
      });
      return made.id;
    };
    const lone = await rollback([beta], `name=${foreign}`);
    shared = await rollback([own, beta], 'team');
    await prisma.delivery.create({
      data: {
        receiver: 'ops',
        integration: 'webhook/0',
        groupKey: `{}:{cluster="${foreign}"}`,
        payload: { alerts: [{ cluster: foreign }] },
        alertCount: 1,
        status: 'delivered',
      },
    });
    Object.assign(ids, { clusters: beta, operations: operation.id, commands: command.id, rollbacks: lone });
    await hub
      .admin()
      .patch(`/api/v1/clusters/${beta}`)
      .send({ labels: { team: 'b', tier: '1' } })
      .expect(200);
  });
  afterAll(async () => {
    agent.socket.close();
    await hub.stop();
  });

  const ask = (credentials: string | undefined, route: string, body?: object) => {
    const [method = '', path = ''] = route.split(' ');
    const filled = path.replace(/:[a-z]+/, ids[path.split('/')[0] ?? ''] ?? crypto.randomUUID());
    const client = credentials === undefined ? hub.admin() : hub.as(credentials);
    return client[method.toLowerCase() as 'post'](`/api/v1/${filled}`).send(method === 'GET' ? undefined : body);
  };

  it('meets every route that has a parameter', () => {
    const known = [...clusterRoutes.map(([route]) => route.replace(/\?.*/, '')), ...hubRoutes];
    const all = routesOf(hub.app).filter((route) => !route.isPublic && route.name.includes(':'));
    expect(all.map((route) => route.name).sort()).toEqual([...known].sort());
  });

  it.each(clusterRoutes)('finds nothing at %s, and changes nothing', async (route, body) => {
    const before = await hub.acts();
    const answer = await ask(token, route, body);
    expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
    expect(JSON.stringify(answer.body).replaceAll(ids['clusters'] ?? '', '')).not.toContain(foreign);
    expect(await hub.acts()).toBe(before);
  });

  it('sees nothing of it in any list', async () => {
    const lists = routesOf(hub.app).filter(({ name, isPublic }) => !isPublic && name.startsWith('GET ') && !name.includes(':') && name !== 'GET events');
    expect(lists.length).toBeGreaterThan(10);
    for (const { name } of lists) {
      const answer = await ask(token, name);
      expect([name, [200, 403].includes(answer.status)]).toEqual([name, true]);
      for (const mark of [foreign, foreignObject, ids['clusters'] ?? '']) expect([name, answer.text.includes(mark)]).toEqual([name, false]);
    }
    for (const list of telling) expect([list, (await ask(undefined, `GET ${list}`)).text.includes(foreign)]).toEqual([list, true]);
    expect((await ask(token, 'GET clusters')).text).toContain('alpha');
  });

  it('sees its part of what spans both, and cannot end the whole', async () => {
    const answer = await hub.as(token).get(`/api/v1/rollbacks/${shared}`).expect(200);
    expect(answer.text).toContain('alpha');
    expect(answer.text).not.toContain(foreign);
    await hub
      .as(token)
      .post(`/api/v1/rollbacks/${shared}/lift`)
      .send({})
      .expect(403, /forbidden/);
    const commit = (credentials: string | undefined) => ask(credentials, `GET fleet/revisions/${someSha('a')}`).expect(200);
    expect((await commit(undefined)).body.clusters).toEqual([foreign]);
    expect((await commit(token)).body).toMatchObject({ clusters: [], adoption: { of: 1, failing: 0 } });
  });

  it('is refused where an admin of all is not', async () => {
    for (const [route, body] of clusterRoutes)
      expect([route, [400, 401, 403, 404].includes((await ask(undefined, route, body)).status)]).toEqual([route, false]);
  });
});

import { randomUUID } from 'node:crypto';
import { permissions } from '@flotilla/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HubRoute, routesOf } from '../../support/hub-routes.js';
import { startTestHub, type TestHub } from '../../support/test-hub.js';

/** The closed list: whoever adds to it explains why in SECURITY.md. */
const publicRoutes = [
  'GET healthz',
  'GET readyz',
  'GET metrics',
  'GET openapi.json',
  'GET docs/problems',
  'POST session',
  'GET join/:file',
  'POST agent/v1/enroll/challenge',
  'POST agent/v1/enroll',
  'POST hooks/:provider/:id',
];

/** With a token there is no session to end, so this changes nothing. */
const nothingToWrite = 'DELETE session';

describe('routes of the hub', () => {
  let hub: TestHub;
  let routes: HubRoute[];
  beforeAll(async () => {
    hub = await startTestHub();
    routes = routesOf(hub.app);
  });
  afterAll(() => hub.stop());

  it('finds every route the server answers', () => {
    const { router } = hub.app.getHttpAdapter().getInstance() as unknown as { router: { stack: { route?: { methods: object } }[] } };
    // Nest also keeps a layer of all methods for each path outside the prefix; those only pass on
    const listening = router.stack.filter((layer) => layer.route && Object.keys(layer.route.methods).length === 1);
    expect(routes.length).toBeGreaterThan(8);
    expect(listening.length).toBe(routes.length);
  });

  it('names one known permission on each, or is public', () => {
    const wrong = routes.filter((route) =>
      route.isPublic ? route.permission !== undefined : !(permissions as readonly string[]).includes(route.permission ?? ''),
    );
    expect(wrong).toEqual([]);
  });

  it('is public only where the closed list says', () => {
    expect(routes.filter((route) => route.isPublic && !publicRoutes.includes(route.name))).toEqual([]);
  });

  it('refuses every other route without credentials', async () => {
    for (const { name, isPublic } of routes) {
      if (isPublic) continue;
      const [method = '', path = ''] = name.split(' ');
      const answer = await hub
        .anonymous()
        [method.toLowerCase() as 'get'](`/api/v1/${path.replace(/:[a-z]+/gi, 'x')}`)
        .send(method === 'GET' ? undefined : {});
      expect([name, answer.status, answer.body.code]).toEqual([name, 401, 'unauthenticated']);
    }
  });

  it('leaves an entry in the audit trail for every write that is refused or done', async () => {
    const writes = routes.filter((route) => !route.isPublic && !route.name.startsWith('GET ') && route.name !== nothingToWrite);
    expect(writes.length).toBeGreaterThan(15);
    for (const [n, { name, permission }] of writes.entries()) {
      // a token each: refusals of one principal are written one by one only up to a cap
      const { token } = (
        await hub
          .admin()
          .post('/api/v1/tokens')
          .send({ name: `writer-${n}`, role: 'admin' })
          .expect(201)
      ).body as { token: string };
      const [method = '', path = ''] = name.split(' ');
      const answer = await hub
        .as(token)
        [method.toLowerCase() as 'post'](`/api/v1/${path.replace(/:[a-z]+/gi, randomUUID())}`)
        .send({});
      const entries = await hub.database.query<{ action: string; outcome: string; code: string | null }>(
        `select action, outcome, detail ->> 'code' as code from audit_entry where actor = $1`,
        [`token:writer-${n}`],
      );
      const refused = { action: permission, outcome: 'refused', code: answer.body.code as string };
      expect([name, answer.status, entries]).toEqual([
        name,
        answer.status,
        answer.status < 400 ? [expect.objectContaining({ outcome: 'allowed' })] : [refused],
      ]);
    }
  });

  it('describes itself', async () => {
    const answer = await hub.anonymous().get('/api/v1/openapi.json').expect(200);
    expect(Object.keys(answer.body.paths)).toContain('/api/v1/tokens');
    expect(answer.body.components.schemas.Session.properties.grants.type).toBe('array');
  });
});

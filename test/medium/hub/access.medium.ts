import { IdempotencyInterceptor } from '../../../apps/hub/src/platform/idempotency/idempotency.interceptor.js';
import { RefusalLog, refusalsPerMinuteMax } from '@flotilla/fleet/access';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminPassword, adminToken, startTestHub, type TestHub } from '../../support/test-hub.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

const audited = (action: string) =>
  hub.database.query<{ actor: string; outcome: string; subject: string; detail: Record<string, unknown> }>(
    'select actor, outcome, subject, detail from audit_entry where action = $1 order by sequence',
    [action],
  );
async function tokenOf(role: 'viewer' | 'operator' | 'admin', selector = ''): Promise<{ id: string; token: string }> {
  const answer = await hub
    .admin()
    .post('/api/v1/tokens')
    .send({ name: `t-${crypto.randomUUID().slice(0, 8)}`, role, selector })
    .expect(201);
  return answer.body as { id: string; token: string };
}

describe('sessions', () => {
  it('logs in, reads, and logs out by the cookie', async () => {
    const browser = hub.anonymous();
    const login = await browser.post('/api/v1/session').send({ user: 'admin', password: adminPassword }).expect(201);
    expect(login.headers['set-cookie']?.[0]).toMatch(/^flotilla_session=[\w-]{43}; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/);
    expect((await browser.get('/api/v1/session').expect(200)).body).toMatchObject({
      subject: 'user:admin',
      kind: 'user',
      grants: [{ role: 'admin', selector: '' }],
    });
    await browser.delete('/api/v1/session').set('x-flotilla-csrf', '1').expect(204);
    await browser.get('/api/v1/session').expect(401);
    expect(await hub.count('user_session')).toBe(0);
  });

  it('writes nothing by a cookie alone', async () => {
    const browser = hub.anonymous();
    await browser.post('/api/v1/session').send({ user: 'admin', password: adminPassword }).expect(201);
    const before = await hub.count('api_token');
    const answer = await browser.post('/api/v1/tokens').send({ name: 'forged', role: 'admin' }).expect(403);
    expect(answer.body.detail).toContain('x-flotilla-csrf: 1');
    expect(await hub.count('api_token')).toBe(before);
  });

  it('tells neither whether the user exists nor, after too many failures, anything', async () => {
    const wrong = await hub.anonymous().post('/api/v1/session').send({ user: 'admin', password: 'nope' }).expect(401);
    const nobody = await hub.anonymous().post('/api/v1/session').send({ user: 'nobody', password: 'nope' }).expect(401);
    expect(wrong.body.code).toBe('login-failed');
    expect(nobody.body.detail).toBe(wrong.body.detail);
    for (let n = 0; n < 9; n += 1) await hub.anonymous().post('/api/v1/session').send({ user: 'mallory', password: 'nope' });
    await hub.anonymous().post('/api/v1/session').send({ user: 'mallory', password: 'nope' }).expect(401);
    const limited = await hub.anonymous().post('/api/v1/session').send({ user: 'mallory', password: 'nope' }).expect(429);
    expect(limited.body).toMatchObject({ code: 'rate-limited', detail: expect.stringMatching(/try again in \d+ s/) });
  });

  it('counts failures per client behind a proxy that is trusted', async () => {
    const behind = await startTestHub({ FLOTILLA_TRUSTED_PROXIES: '127.0.0.0/8, ::1/128' });
    try {
      const attempt = (client: string) => behind.anonymous().post('/api/v1/session').set('x-forwarded-for', client).send({ user: 'admin', password: 'nope' });
      for (let n = 0; n < 10; n += 1) await attempt('198.51.100.7').expect(401);
      await attempt('198.51.100.7').expect(429);
      await attempt('198.51.100.8').expect(401);
    } finally {
      await behind.stop();
    }
  });

  it('keeps passwords as argon2id and sessions as hashes', async () => {
    const [user] = await hub.database.query<{ password_hash: string }>(`select password_hash from user_account where name = 'admin'`);
    expect(user?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('API tokens', () => {
  it('are shown once, kept as a hash, and carry their role', async () => {
    const made = await hub.admin().post('/api/v1/tokens').send({ name: 'ci', role: 'viewer', selector: 'env=test', expiresInSeconds: 60 }).expect(201);
    expect(made.body.token).toMatch(/^flt_[\w-]{43}$/);
    const [row] = await hub.database.query<{ token_hash: string }>(`select token_hash from api_token where name = 'ci'`);
    expect(row?.token_hash).toMatch(/^[0-9a-f]{64}$/);
    const session = await hub
      .as(made.body.token as string)
      .get('/api/v1/session')
      .expect(200);
    expect(session.body).toMatchObject({
      subject: 'token:ci',
      kind: 'token',
      grants: [{ role: 'viewer', selector: 'env=test' }],
      expiresAt: made.body.expiresAt,
    });
    expect(session.body.permissions).not.toContain('tokens:write');
    const list = await hub.admin().get('/api/v1/tokens?limit=500').expect(200);
    const listed = list.body.items.find((token: { name: string }) => token.name === 'ci');
    expect(listed.lastUsedAt).not.toBeNull();
    expect(listed.token).toBeUndefined();
    await hub.admin().post('/api/v1/tokens').send({ name: 'ci', role: 'viewer' }).expect(409);
    expect(await audited('tokens:create')).toContainEqual(expect.objectContaining({ actor: 'token:bootstrap', outcome: 'allowed', subject: 'token/ci' }));
  });

  it('end when revoked or expired', async () => {
    const { id, token } = await tokenOf('viewer');
    await hub.admin().delete(`/api/v1/tokens/${id}`).expect(204);
    expect((await hub.as(token).get('/api/v1/session').expect(401)).body.code).toBe('token-revoked');
    const other = await tokenOf('viewer');
    await hub.database.query(`update api_token set expires_at = now() - interval '1 second' where id = $1::uuid returning 1 as ok`, [other.id]);
    expect((await hub.as(other.token).get('/api/v1/session').expect(401)).body.code).toBe('token-expired');
  });

  it('are refused what their role does not carry, and that is audited up to a cap', async () => {
    const { token } = await tokenOf('operator');
    const before = await hub.count('api_token');
    for (let n = 0; n < refusalsPerMinuteMax + 3; n += 1)
      await hub
        .as(token)
        .post('/api/v1/tokens')
        .send({ name: `x${n}`, role: 'admin' })
        .expect(403);
    expect(await hub.count('api_token')).toBe(before);
    const refused = (await audited('tokens:write')).filter((entry) => entry.outcome === 'refused' && entry.detail['code'] === 'forbidden');
    expect(refused).toHaveLength(refusalsPerMinuteMax);
    expect(refused[0]).toMatchObject({ subject: 'POST /api/v1/tokens', detail: { code: 'forbidden' } });
    const entries = await hub.count('audit_entry');
    for (let n = 0; n < 5; n += 1) await hub.as('flt_wrong').get('/api/v1/tokens').expect(401);
    expect(await hub.count('audit_entry')).toBe(entries);
    await hub.app.get(RefusalLog).summarise();
    const [summary] = (await audited('refusals:summary')).slice(-1);
    expect(summary?.detail.unauthenticated).toMatchObject({ unauthenticated: expect.any(Number) });
    expect(Object.values(summary?.detail.suppressed as Record<string, number>)).toEqual([3]);
  });

  it('of a narrow selector do not carry rights over the whole hub', async () => {
    const { token } = await tokenOf('admin', 'env=test');
    await hub.as(token).get('/api/v1/tokens').expect(403);
  });
});

describe('writes with an Idempotency-Key', () => {
  it('happen once and are answered alike', async () => {
    const send = () => hub.admin().post('/api/v1/tokens').set('idempotency-key', 'k-1').send({ name: 'once', role: 'viewer' });
    const first = await send().expect(201);
    const second = await send().expect(201);
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    const stored = await hub.database.query<{ text: string }>(
      `select (to_jsonb(r)::text || coalesce((select to_jsonb(s)::text from secret s where s.id = (r.body->>'secretId')::uuid), '')) as text from idempotent_request r`,
    );
    expect(stored.some((row) => row.text.includes(first.body.token as string))).toBe(false);
  });

  it('refuse the key for another request, and leave it free after an error', async () => {
    await hub.admin().post('/api/v1/tokens').set('idempotency-key', 'k-2').send({ name: 'two', role: 'viewer' }).expect(201);
    expect((await hub.admin().post('/api/v1/tokens').set('idempotency-key', 'k-2').send({ name: 'three', role: 'viewer' }).expect(422)).body.code).toBe(
      'idempotency-key-reused',
    );
    await hub.admin().post('/api/v1/tokens').set('idempotency-key', 'k-3').send({ name: 'two', role: 'viewer' }).expect(409);
    await hub.admin().post('/api/v1/tokens').set('idempotency-key', 'k-3').send({ name: 'four', role: 'viewer' }).expect(201);
  });

  it('side by side happen once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => hub.admin().post('/api/v1/tokens').set('idempotency-key', 'k-4').send({ name: 'five', role: 'viewer' })),
    );
    expect(answers.filter((answer) => answer.status === 201).length).toBeGreaterThanOrEqual(1);
    expect(answers.every((answer) => answer.status === 201 || answer.body.code === 'conflict')).toBe(true);
    expect(await hub.database.query(`select 1 as ok from api_token where name = 'five'`)).toHaveLength(1);
  });

  it('are forgotten after a day, answers too', async () => {
    await hub.database.query(`update idempotent_request set created_at = now() - interval '25 hours' returning 1 as ok`);
    const secrets = await hub.count('secret');
    await hub.app.get(IdempotencyInterceptor, { strict: false }).prune();
    expect(await hub.count('idempotent_request')).toBe(0);
    expect(await hub.count('secret')).toBeLessThan(secrets);
  });
});

describe('the door', () => {
  it('gives lists an ETag and answers 304 when nothing changed', async () => {
    const first = await hub.admin().get('/api/v1/tokens?limit=1').expect(200);
    expect(first.headers.etag).toBeDefined();
    await hub
      .admin()
      .get('/api/v1/tokens?limit=1')
      .set('if-none-match', first.headers.etag as string)
      .expect(304);
    expect(first.body.nextCursor).not.toBeNull();
    expect((await hub.admin().get('/api/v1/tokens?cursor=nonsense').expect(400)).body.code).toBe('cursor-invalid');
  });

  it('bounds and parses bodies', async () => {
    const tokens = await hub.count('api_token');
    const big = await hub
      .admin()
      .post('/api/v1/tokens')
      .send({ name: 'big', role: 'viewer', selector: 'x'.repeat(10 * 1024 * 1024) })
      .expect(413);
    expect(big.body).toMatchObject({ code: 'body-too-large', detail: expect.stringContaining('limit') });
    expect((await hub.admin().post('/api/v1/tokens').set('content-type', 'application/json').send('{"name":').expect(400)).body.code).toBe('bad-request');
    const fields = await hub.admin().post('/api/v1/tokens').send({ name: 'Not A Name', role: 'root' }).expect(400);
    expect(fields.body.errors.map((error: { path: string }) => error.path)).toEqual(['name', 'role']);
    expect(await hub.count('api_token')).toBe(tokens);
  });

  it('sets a strict content policy and says how to build a console that is missing', async () => {
    const page = await hub.anonymous().get('/fleet').set('accept', 'text/html').expect(503);
    expect(page.text).toContain('npm run build');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect((await hub.admin().get('/api/v1/nothing-here').expect(404)).body.code).toBe('not-found');
  });

  it('makes the first access only once', async () => {
    const [row] = await hub.database.query<{ n: bigint }>(`select count(*) as n from api_token where name = 'bootstrap'`);
    expect(Number(row?.n)).toBe(1);
    await hub.as(adminToken).get('/api/v1/session').expect(200);
  });
});

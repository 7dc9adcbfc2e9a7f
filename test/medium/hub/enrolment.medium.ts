import { randomUUID } from 'node:crypto';
import { AgentAssertions, CommandKeys } from '@flotilla/fleet/agents';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import {
  type AgentKey,
  assertionOf,
  type AssertionOptions,
  challenge,
  enroll as enrollKey,
  hashOfToken,
  newAgentKey,
  proofOf,
} from '../../support/agent-key.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { startTestHub, type TestHub } from '../../support/test-hub.js';

const hubUrl = 'http://hub.example.test';
let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

async function newCluster(): Promise<{ name: string; id: string }> {
  const name = `c-${randomUUID().slice(0, 8)}`;
  return { name, id: (await hub.admin().post('/api/v1/clusters').send({ name }).expect(201)).body.id as string };
}
const joinToken = async (name: string, body: object = {}) =>
  (await hub.admin().post(`/api/v1/clusters/${name}/join-tokens`).send(body).expect(201)).body as {
    id: string;
    token: string;
    manifestUrl: string;
    command: string;
  };
const enroll = (token: string, key: AgentKey, options: Parameters<typeof enrollKey>[3] = {}) => enrollKey(hub, token, key, options);
const assertion = (key: AgentKey, clusterId: string, options: Partial<AssertionOptions> = {}) => assertionOf(key, clusterId, { audience: hubUrl, ...options });
const verify = async (jws: string) => hub.app.get(AgentAssertions).verify(`Bearer ${jws}`);

describe('the join manifest', () => {
  it('holds the token and may be read any number of times', async () => {
    const { name } = await newCluster();
    const { token, manifestUrl, command } = await joinToken(name);
    expect(manifestUrl).toBe(`${hubUrl}/join/${token}.yaml`);
    expect(command).toBe(`kubectl apply -f '${manifestUrl}'`);
    const texts = [];
    for (let n = 0; n < 3; n += 1)
      texts.push(
        (
          await hub
            .anonymous()
            .get(`/join/${token}.yaml`)
            .expect(200)
            .expect('content-type', /application\/yaml/)
        ).text,
      );
    expect(new Set(texts).size).toBe(1);
    const objects = parseAllDocuments(texts[0] ?? '').map(
      (document) => document.toJS() as { kind: string; metadata: { name: string }; stringData?: Record<string, string> },
    );
    const secret = objects.find((object) => object.metadata.name === 'flotilla-agent-join')?.stringData;
    expect(secret).toMatchObject({ hubUrl, token });
    expect(JSON.parse(secret?.['commandKeys'] ?? '').keys[0]).toMatchObject({ kty: 'EC', crv: 'P-256', use: 'sig' });
    expect(JSON.parse(secret?.['commandKeys'] ?? '').keys[0].d).toBeUndefined();
    expect(objects.map((object) => object.kind)).toContain('ValidatingAdmissionPolicy');
    const [row] = await hub.database.query<{ used_at: Date | null }>('select used_at from join_token where token_hash = $1', [hashOfToken(token)]);
    expect(row?.used_at).toBeNull();
  });

  it('has no right to change when read-only, by the query or by the token', async () => {
    const { name } = await newCluster();
    const { token } = await joinToken(name);
    const readOnlyToken = await joinToken(name, { readOnly: true });
    for (const url of [`/join/${token}.yaml?readOnly=true`, `/join/${readOnlyToken.token}.yaml`]) {
      const { text } = await hub.anonymous().get(url).expect(200);
      expect(text).not.toContain('ValidatingAdmissionPolicy');
      expect(text).toMatch(/FLOTILLA_READ_ONLY\n\s+value: "true"/);
    }
  });

  it('is refused for a wrong, used or expired token', async () => {
    const { name } = await newCluster();
    expect((await hub.anonymous().get('/join/fjt_wrong.yaml').expect(401)).body.code).toBe('join-token-unknown');
    const used = await joinToken(name);
    expect((await enroll(used.token, await newAgentKey())).status).toBe(200);
    expect((await hub.anonymous().get(`/join/${used.token}.yaml`).expect(409)).body.code).toBe('join-token-used');
    const old = await joinToken(name);
    await hub.database.query(`update join_token set expires_at = now() - interval '1 second' where id = $1::uuid returning 1 as ok`, [old.id]);
    expect((await hub.anonymous().get(`/join/${old.token}.yaml`).expect(410)).body.code).toBe('join-token-expired');
  });
});

describe('enrolling', () => {
  it('spends the token on one key, which gets the same answer again', async () => {
    const { name, id } = await newCluster();
    const { token } = await joinToken(name);
    const key = await newAgentKey();
    const first = await enroll(token, key);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ clusterId: id, incarnation: 1, state: 'accepted', streamUrl: 'ws://hub.example.test/agent/v1/stream' });
    const again = await enroll(token, key);
    expect(again.body).toEqual(first.body);
    const other = await enroll(token, await newAgentKey());
    expect([other.status, other.body.code]).toEqual([409, 'join-token-used']);
    expect((await hub.admin().get(`/api/v1/clusters/${name}`)).body.agent).toMatchObject({ incarnation: 1, connected: false, readOnly: false });
    const entries = await hub.database.query<{ actor: string }>(`select actor from audit_entry where action = 'agents:enroll' and cluster_id = $1::uuid`, [id]);
    expect(entries).toEqual([{ actor: `agent:${name}` }]);
  });

  it('refuses a wrong or expired token, a wrong nonce and a wrong proof, and writes nothing', async () => {
    const { name } = await newCluster();
    const { token } = await joinToken(name);
    const expired = await joinToken(name);
    const expiredNonce = await challenge(hub, expired.token);
    await hub.database.query(`update join_token set expires_at = now() - interval '1 second' where id = $1::uuid returning 1 as ok`, [expired.id]);
    const key = await newAgentKey();
    const nonce = await challenge(hub, token);
    const before = [await hub.count('agent'), await hub.count('audit_entry')];
    const cases: [string, Promise<{ status: number; body: { code: string } }>][] = [
      ['join-token-unknown', enroll('fjt_wrong', key, { nonce: 'x' })],
      ['join-token-expired', enroll(expired.token, key, { nonce: expiredNonce })],
      ['proof-invalid', enroll(token, key, { nonce: 'another' })],
      ['proof-invalid', enroll(token, key, { nonce, proof: await proofOf(await newAgentKey(), nonce, hashOfToken(token)) })],
      ['proof-invalid', enroll(token, key, { nonce, proof: await proofOf(key, nonce, hashOfToken('another')) })],
      ['proof-invalid', enroll(token, key, { nonce, proof: 'not.a.jws' })],
    ];
    for (const [code, answer] of cases) expect((await answer).body.code).toBe(code);
    expect((await hub.anonymous().post('/agent/v1/enroll/challenge').send({ token: expired.token })).body.code).toBe('join-token-expired');
    expect([await hub.count('agent'), await hub.count('audit_entry')]).toEqual(before);
    expect((await enroll(token, key, { nonce })).status).toBe(200);
  });

  it('lets one of many that race for a token in', async () => {
    const { name } = await newCluster();
    const { token } = await joinToken(name);
    const nonce = await challenge(hub, token);
    const answers = await Promise.all(Array.from({ length: 5 }, async () => enroll(token, await newAgentKey(), { nonce })));
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 409, 409, 409, 409]);
  });

  it('makes the newest key the only one', async () => {
    const { name, id } = await newCluster();
    const [first, second] = [await newAgentKey(), await newAgentKey()];
    await enroll((await joinToken(name)).token, first);
    const answer = await enroll((await joinToken(name)).token, second);
    expect(answer.body.incarnation).toBe(2);
    await expect(verify(await assertion(first, id))).rejects.toMatchObject({ code: 'agent-revoked' });
    expect(await verify(await assertion(second, id, { incarnation: 2 }))).toMatchObject({ clusterId: id, cluster: name, incarnation: 2, readOnly: false });
  });

  it('refuses one Kubernetes cluster under two names', async () => {
    const [a, b] = [await newCluster(), await newCluster()];
    const clusterUid = randomUUID();
    expect((await enroll((await joinToken(a.name)).token, await newAgentKey(), { clusterUid })).status).toBe(200);
    const { token } = await joinToken(b.name);
    const twin = await enroll(token, await newAgentKey(), { clusterUid });
    expect([twin.status, twin.body.code]).toEqual([409, 'conflict']);
    await hub.admin().delete(`/api/v1/clusters/${a.name}`).expect(204);
    expect((await enroll(token, await newAgentKey(), { clusterUid })).status).toBe(200);
  });
});

describe('assertions of agents', () => {
  it('are taken once, for this hub, for a minute', async () => {
    const { name, id } = await newCluster();
    const key = await newAgentKey();
    await enroll((await joinToken(name)).token, key);
    const good = await assertion(key, id);
    expect(await verify(good)).toMatchObject({ clusterId: id, incarnation: 1 });
    for (const wrong of [
      good,
      await assertion(key, id, { audience: 'http://elsewhere.example.test' }),
      await assertion(key, id, { seconds: 120 }),
      await assertion(key, id, { age: 200 }),
      await assertion(key, id, { age: -200 }),
      await assertion(key, id, { incarnation: 7 }),
      await assertion(key, randomUUID()),
      await assertion(await newAgentKey(), id),
      `${good.slice(0, -4)}AAAA`,
      'nonsense',
    ]) {
      await expect(verify(wrong)).rejects.toMatchObject({ code: 'assertion-invalid' });
    }
    await expect(hub.app.get(AgentAssertions).verify(undefined)).rejects.toMatchObject({ code: 'assertion-invalid' });
  });

  it('end with revocation, for good', async () => {
    const { name, id } = await newCluster();
    const key = await newAgentKey();
    const { token } = await joinToken(name);
    await enroll(token, key);
    await hub.admin().post(`/api/v1/clusters/${name}/agents/revoke`).expect(204);
    await hub.admin().post(`/api/v1/clusters/${name}/agents/revoke`).expect(204);
    await expect(verify(await assertion(key, id))).rejects.toMatchObject({ code: 'agent-revoked' });
    expect((await enroll(token, key)).body.code).toBe('agent-revoked');
    expect((await hub.admin().get(`/api/v1/clusters/${name}`)).body.agent).toBeNull();
    const entries = await hub.database.query(`select 1 as ok from audit_entry where action = 'agents:revoke' and cluster_id = $1::uuid`, [id]);
    expect(entries).toHaveLength(1);
  });

  it('leave no trace once expired', async () => {
    await hub.database.query(`update assertion_use set expires_at = now() - interval '1 second' returning 1 as ok`);
    await hub.app.get(AgentAssertions).prune();
    expect(await hub.count('assertion_use')).toBe(0);
  });
});

describe('the live connection of an agent', () => {
  async function joined(): Promise<{ name: string; id: string; key: AgentKey; agent: FakeAgent }> {
    const { name, id } = await newCluster();
    const key = await newAgentKey();
    await enroll((await joinToken(name)).token, key);
    const agent = await FakeAgent.connect(hub.url, id, { assertion: await assertion(key, id) });
    return { name, id, key, agent };
  }

  it('opens with an assertion, and not a second time with the same', async () => {
    const { name, id, key, agent } = await joined();
    expect((await hub.admin().get(`/api/v1/clusters/${name}`)).body.agent).toMatchObject({ connected: true, version: '0.1.0' });
    const once = await assertion(key, id);
    const other = await FakeAgent.dial(hub.url, id, { assertion: once });
    await expect(FakeAgent.dial(hub.url, id, { assertion: once })).rejects.toThrow('401');
    other.socket.terminate();
    agent.socket.terminate();
  });

  it.each<[string, (name: string) => Promise<unknown>]>([
    ['its agent is revoked', (name) => hub.admin().post(`/api/v1/clusters/${name}/agents/revoke`).expect(204)],
    ['its cluster is forgotten', (name) => hub.admin().delete(`/api/v1/clusters/${name}`).expect(204)],
  ])('is closed when %s, and no other is opened', async (_, act) => {
    const { name, id, key, agent } = await joined();
    await act(name);
    expect(await agent.next('close')).toMatchObject({ code: 'revoked' });
    await expect.poll(() => agent.closeCode, { timeout: 5_000 }).not.toBeNull();
    await expect(FakeAgent.dial(hub.url, id, { assertion: await assertion(key, id) })).rejects.toThrow('403');
  });
});

describe('command keys', () => {
  it('sign what the JWKS verifies, with one pair for all replicas, sealed at rest', async () => {
    const keys = hub.app.get(CommandKeys);
    const claims = {
      id: randomUUID(),
      clusterId: randomUUID(),
      incarnation: 1,
      number: 1,
      expiresAt: new Date().toISOString(),
      arguments: { type: 'release' as const, object: { kind: 'GitRepository', namespace: 'flux-system', name: 'apps' } },
      precondition: {},
    };
    const jws = await keys.sign(claims);
    const { payload } = await compactVerify(jws, createLocalJWKSet((await keys.jwks()) as JSONWebKeySet), { algorithms: ['ES256'] });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual(claims);
    const [setting] = await hub.database.query<{ text: string }>(`select value::text as text from setting where name = 'command-keys'`);
    expect(setting?.text).not.toContain('"d"');
  });
});

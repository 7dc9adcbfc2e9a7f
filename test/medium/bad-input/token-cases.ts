import { randomUUID } from 'node:crypto';
import { challenge, enroll, hashOfToken, newAgentKey, proofOf } from '../../support/agent-key.js';
import { type BadInput, prepared, request } from './refusal.js';
import type { Scene } from './scene.js';

const wrong = `fjt_${'x'.repeat(43)}`;
const another = /make (one|another)/;

async function usedToken(scene: Scene): Promise<string> {
  const made = await scene.hub
    .admin()
    .post('/api/v1/clusters')
    .send({ name: `used-${randomUUID().slice(0, 8)}` })
    .expect(201);
  const { token } = await scene.joinToken({ id: (made.body as { id: string }).id, name: 'used' });
  await enroll(scene.hub, token, await newAgentKey());
  return token;
}

async function expiredToken(scene: Scene): Promise<{ token: string; nonce: string }> {
  const { id, token } = await scene.joinToken(scene.registered);
  const nonce = await challenge(scene.hub, token);
  await scene.hub.database.query(`update join_token set expires_at = now() - interval '1 second' where id = $1::uuid returning 1 as ok`, [id]);
  return { token, nonce };
}

async function apiToken(scene: Scene, change: string): Promise<string> {
  const made = await scene.hub.admin().post('/api/v1/tokens').send({ name: randomUUID(), role: 'admin' }).expect(201);
  const { id, token } = made.body as { id: string; token: string };
  await scene.hub.database.query(`update api_token set ${change} = now() - interval '1 second' where id = $1::uuid returning 1 as ok`, [id]);
  return token;
}

const createWith = (scene: Scene, token: string) => scene.hub.as(token).post('/api/v1/clusters').send({ name: 'intruder' });

export const wrongTokens: BadInput[] = [
  request('an API token of no hub', 'unauthenticated', another, (scene) => createWith(scene, `flt_${'x'.repeat(43)}`)),
  request('no credentials', 'unauthenticated', /send Authorization: Bearer/, (scene) =>
    scene.hub.anonymous().post('/api/v1/clusters').send({ name: 'intruder' }),
  ),
  request('credentials of another kind', 'unauthenticated', /send Authorization: Bearer/, (scene) =>
    scene.hub.anonymous().post('/api/v1/clusters').set('authorization', 'Basic YTpi').send({ name: 'intruder' }),
  ),
  prepared('a revoked API token', 'token-revoked', another, async (scene) => {
    const token = await apiToken(scene, 'revoked_at');
    return () => createWith(scene, token);
  }),
  request('the join manifest of a wrong token', 'join-token-unknown', another, (scene) => scene.hub.anonymous().get(`/join/${wrong}.yaml`)),
  request('a challenge for a wrong join token', 'join-token-unknown', another, (scene) =>
    scene.hub.anonymous().post('/agent/v1/enroll/challenge').send({ token: wrong }),
  ),
  prepared('enrolling with a wrong join token', 'join-token-unknown', another, async (scene) => {
    const key = await newAgentKey();
    return () => enroll(scene.hub, wrong, key, { nonce: 'x' });
  }),
  prepared('enrolling with a proof by another key', 'proof-invalid', /ask for a new nonce and sign it/, async (scene) => {
    const { token } = await scene.joinToken(scene.registered);
    const nonce = await challenge(scene.hub, token);
    const [key, proof] = [await newAgentKey(), await proofOf(await newAgentKey(), nonce, hashOfToken(token))];
    return () => enroll(scene.hub, token, key, { nonce, proof });
  }),
];

export const usedTokens: BadInput[] = [
  prepared('the join manifest of a used token', 'join-token-used', another, async (scene) => {
    const token = await usedToken(scene);
    return () => scene.hub.anonymous().get(`/join/${token}.yaml`);
  }),
  prepared('enrolling another key with a used token', 'join-token-used', another, async (scene) => {
    const [token, key] = [await usedToken(scene), await newAgentKey()];
    return () => enroll(scene.hub, token, key, { nonce: 'x' });
  }),
];

export const expiredTokens: BadInput[] = [
  prepared('an expired API token', 'token-expired', another, async (scene) => {
    const token = await apiToken(scene, 'expires_at');
    return () => createWith(scene, token);
  }),
  prepared('the join manifest of an expired token', 'join-token-expired', another, async (scene) => {
    const { token } = await expiredToken(scene);
    return () => scene.hub.anonymous().get(`/join/${token}.yaml`);
  }),
  prepared('a challenge for an expired join token', 'join-token-expired', another, async (scene) => {
    const { token } = await expiredToken(scene);
    return () => scene.hub.anonymous().post('/agent/v1/enroll/challenge').send({ token });
  }),
  prepared('enrolling with an expired join token', 'join-token-expired', another, async (scene) => {
    const [{ token, nonce }, key] = [await expiredToken(scene), await newAgentKey()];
    return () => enroll(scene.hub, token, key, { nonce });
  }),
];

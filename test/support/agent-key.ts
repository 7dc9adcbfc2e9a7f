import { createHash, randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { TestHub } from './test-hub.js';

/** An agent's ES256 key: what it enrols and signs with. */
export interface AgentKey {
  privateKey: CryptoKey;
  publicKey: { kty: string; crv: string; x: string; y: string };
}

/** A new key. */
export async function newAgentKey(): Promise<AgentKey> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const { kty, crv, x, y } = (await exportJWK(pair.publicKey)) as Required<JWK>;
  return { privateKey: pair.privateKey, publicKey: { kty, crv, x, y } as AgentKey['publicKey'] };
}

/** How the hub keeps a join token. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The proof that the key is held, over a nonce and a token. */
export const proofOf = (key: AgentKey, nonce: string, tokenHash: string): Promise<string> =>
  new SignJWT({ nonce, tokenHash }).setProtectedHeader({ alg: 'ES256' }).sign(key.privateKey);

/** The newest nonce of a join token. */
export const challenge = async (hub: TestHub, token: string): Promise<string> =>
  (await hub.anonymous().post('/agent/v1/enroll/challenge').send({ token })).body.nonce as string;

/** Enrols a key by a join token, as an agent does. */
export async function enroll(hub: TestHub, token: string, key: AgentKey, options: { nonce?: string; proof?: string; clusterUid?: string } = {}) {
  const nonce = options.nonce ?? (await challenge(hub, token)) ?? 'none';
  const proof = options.proof ?? (await proofOf(key, nonce, hashOfToken(token)));
  const facts = { agentVersion: '0.1.0', kubernetesVersion: 'v1.32.0', clusterUid: options.clusterUid ?? randomUUID(), readOnly: false };
  return hub.anonymous().post('/agent/v1/enroll').send({ token, nonce, publicKey: key.publicKey, proof, facts });
}

export interface AssertionOptions {
  audience: string;
  seconds?: number;
  age?: number;
  jti?: string;
  incarnation?: number;
}

/** What an agent connects with. */
export function assertionOf(
  key: AgentKey,
  clusterId: string,
  { audience, seconds = 45, age = 0, jti = randomUUID(), incarnation = 1 }: AssertionOptions,
): Promise<string> {
  const iat = Math.floor(Date.now() / 1_000) - age;
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: `${clusterId}.${incarnation}` })
    .setIssuer(clusterId)
    .setAudience(audience)
    .setJti(jti)
    .setIssuedAt(iat)
    .setExpirationTime(iat + seconds)
    .sign(key.privateKey);
}

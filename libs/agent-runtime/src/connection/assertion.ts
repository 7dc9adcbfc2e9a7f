import { randomUUID } from 'node:crypto';
import { SignJWT, type CryptoKey } from 'jose';

/** Seconds an assertion is valid; the hub takes at most 60. */
const assertionSeconds = 45;

export interface AssertionClaims {
  readonly clusterId: string;
  readonly incarnation: number;
  /** base URL of the hub, without a trailing slash */
  readonly audience: string;
}

/** The one-use proof an agent connects with: ES256 JWS, `kid` `<clusterId>.<incarnation>`, `aud` the hub's URL, a random `jti`. */
export async function signAssertion(privateKey: CryptoKey, claims: AssertionClaims, now: Date): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: `${claims.clusterId}.${claims.incarnation}` })
    .setIssuer(claims.clusterId)
    .setAudience(claims.audience)
    .setJti(randomUUID())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + assertionSeconds)
    .sign(privateKey);
}

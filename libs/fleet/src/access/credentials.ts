import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '@flotilla/contracts';
import { parseSelector, type Principal } from '@flotilla/domain';

const secretBytes = 32;
/** How an API token starts, so that scanners of leaked secrets know one. */
export const tokenPrefix = 'flt_';

/** Who presented credentials, and until when these hold. */
export interface Authentication {
  principal: Principal;
  expiresAt: Date | null;
}

/** A random secret of 256 bits, URL-safe. */
export function newSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** What the hub keeps of a random secret: its SHA-256, hex. Random secrets need no slow hash. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The principal of a stored role and selector. */
export function principalOf(kind: 'user' | 'token', name: string, role: Role, selector: string, requestId: string | null): Principal {
  return { subject: `${kind}:${name}`, kind, grants: [{ role, selector: parseSelector(selector) }], requestId };
}

import { z } from 'zod';
import { dnsLabel, id, instant, selector } from '../names.js';
import { pageOf, pageQuery } from '../page.js';
import { permissions, roles } from '../permissions.js';

export const loginRequest = z.object({ user: z.string().min(1).max(128), password: z.string().min(1).max(1024) }).meta({ id: 'Login' });
/** Who is asking, and what they may do. */
export const sessionResponse = z
  .object({
    subject: z.string(),
    kind: z.enum(['user', 'token']),
    grants: z.array(z.object({ role: z.enum(roles), selector: z.string() })),
    permissions: z.array(z.enum(permissions)),
    expiresAt: instant.nullable(),
  })
  .meta({ id: 'Session' });
export type SessionResponse = z.infer<typeof sessionResponse>;

export const tokenTtlDaysMax = 366;
export const createTokenRequest = z
  .object({
    name: dnsLabel,
    role: z.enum(roles),
    selector: selector.default(''),
    expiresInSeconds: z
      .number()
      .int()
      .min(1)
      .max(tokenTtlDaysMax * 86_400)
      .default(30 * 86_400),
  })
  .meta({ id: 'CreateToken' });
export type CreateTokenRequest = z.infer<typeof createTokenRequest>;
export const tokenResponse = z
  .object({
    id,
    name: z.string(),
    role: z.enum(roles),
    selector: z.string(),
    createdBy: z.string(),
    createdAt: instant,
    expiresAt: instant,
    lastUsedAt: instant.nullable(),
    revokedAt: instant.nullable(),
  })
  .meta({ id: 'Token' });
/** The secret is shown once; the hub keeps its SHA-256. */
export const createdTokenResponse = tokenResponse.extend({ token: z.string() }).meta({ id: 'CreatedToken' });
export const tokensPage = pageOf(tokenResponse).meta({ id: 'TokenPage' });

/** One link of the audit chain: hash = SHA-256(prev || canonical JSON of the entry). */
const auditEntryResponse = z
  .object({
    sequence: z.number().int(),
    id,
    at: instant,
    actor: z.string(),
    action: z.string(),
    outcome: z.enum(['allowed', 'refused', 'failed']),
    subject: z.string(),
    clusterId: id.nullable(),
    requestId: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()),
    previousHash: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryResponse = z.infer<typeof auditEntryResponse>;
export const auditQuery = pageQuery.extend({
  action: z.string().max(128).exactOptional(),
  actor: z.string().max(256).exactOptional(),
  clusterId: id.exactOptional(),
});
export const auditPage = pageOf(auditEntryResponse).meta({ id: 'AuditPage' });
export const auditVerifyResponse = z
  .object({ ok: z.boolean(), entries: z.number().int(), head: z.string().nullable(), brokenAt: z.number().int().nullable(), message: z.string() })
  .meta({ id: 'AuditVerification' });
export type AuditVerifyResponse = z.infer<typeof auditVerifyResponse>;

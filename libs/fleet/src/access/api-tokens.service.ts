import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CreateTokenRequest, FlotillaError, type Page, type PageQuery, type Role, tokenResponse } from '@flotilla/contracts';
import { Database, isUniqueViolation } from '@flotilla/database';
import { parseSelector, type Principal } from '@flotilla/domain';
import type { z } from 'zod';
import { AuditLog } from '../audit/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { type Authentication, newSecret, principalOf, secretHash, tokenPrefix } from './credentials.js';

export type ApiToken = z.infer<typeof tokenResponse>;

interface Row {
  id: string;
  name: string;
  role: Role;
  selector: string;
  created_by: string;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
  revoked_at: Date | null;
}
const columns = 'id, name, role, selector, created_by, created_at, expires_at, last_used_at, revoked_at';
/** `lastUsedAt` is written at most this often. */
const lastUsedSeconds = 60;

/** API tokens: a random secret shown once, stored as its hash, with a role over a cluster selector, expiring and revocable. */
@Injectable()
export class ApiTokens {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** Makes a token. Throws `already-exists`, `selector-invalid`. `secret` is given by the set-up of the first token only. */
  async create(request: CreateTokenRequest, principal: Principal, secret = tokenPrefix + newSecret()): Promise<ApiToken & { token: string }> {
    parseSelector(request.selector);
    try {
      return await this.database.transaction(async () => {
        const [row] = await this.database.query<Row>(
          `insert into api_token (id, name, token_hash, role, selector, created_by, expires_at)
           values ($1::uuid, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7::double precision)) returning ${columns}`,
          [randomUUID(), request.name, secretHash(secret), request.role, request.selector, principal.subject, request.expiresInSeconds],
        );
        if (!row) throw new FlotillaError('internal', 'the token could not be stored');
        const detail = { role: request.role, selector: request.selector, expiresAt: row.expires_at.toISOString() };
        await this.audit.append({ principal, action: 'tokens:create', outcome: 'allowed', subject: `token/${request.name}`, detail });
        return { ...toToken(row), token: secret };
      });
    } catch (error) {
      if (isUniqueViolation(error))
        throw new FlotillaError('already-exists', `there is a token "${request.name}" already; choose another name`, { cause: error });
      throw error;
    }
  }

  /** Tokens by name, revoked and expired ones too. */
  async list(page: PageQuery): Promise<Page<ApiToken>> {
    const [after] = decodeCursor(page.cursor, ['string']) ?? [null];
    const rows = await this.database.query<Row>(
      `select ${columns} from api_token where ($1::text is null or name collate "C" > $1) order by name collate "C" limit $2::int`,
      [after, page.limit + 1],
    );
    return pageFrom(rows.map(toToken), page.limit, (token) => [token.name]);
  }

  /** Revokes at once and for good; revoking again changes nothing. Throws `not-found`. */
  async revoke(id: string, principal: Principal): Promise<void> {
    await this.database.transaction(async () => {
      const [known] = await this.database.query<{ name: string; revoked_at: Date | null }>(
        'select name, revoked_at from api_token where id = $1::uuid for update',
        [id],
      );
      if (!known) throw new FlotillaError('not-found', `there is no token ${id}; list the tokens to find its id`);
      if (known.revoked_at) return;
      await this.database.query('update api_token set revoked_at = clock_timestamp() where id = $1::uuid returning 1 as ok', [id]);
      await this.audit.append({ principal, action: 'tokens:revoke', outcome: 'allowed', subject: `token/${known.name}` });
    });
  }

  /** The principal of a token. Throws `unauthenticated`, `token-revoked`, `token-expired`. */
  async authenticate(secret: string, requestId: string | null): Promise<Authentication> {
    const [row] = await this.database.query<Row & { expired: boolean; used_lately: boolean }>(
      `select ${columns}, expires_at <= clock_timestamp() as expired, coalesce(last_used_at > clock_timestamp() - make_interval(secs => ${lastUsedSeconds}), false) as used_lately from api_token where token_hash = $1`,
      [secretHash(secret)],
    );
    if (!row) throw new FlotillaError('unauthenticated', 'the API token is not one of this hub; make one with POST /api/v1/tokens');
    if (row.revoked_at) throw new FlotillaError('token-revoked', `the API token "${row.name}" was revoked; make another`);
    if (row.expired) throw new FlotillaError('token-expired', `the API token "${row.name}" has expired; make another`);
    if (!row.used_lately) await this.database.query('update api_token set last_used_at = clock_timestamp() where id = $1::uuid returning 1 as ok', [row.id]);
    return { principal: principalOf('token', row.name, row.role, row.selector, requestId), expiresAt: row.expires_at };
  }
}

function toToken(row: Row): ApiToken {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    selector: row.selector,
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

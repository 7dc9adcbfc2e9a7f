import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type createJoinTokenRequest, FlotillaError, type JoinTokenResponse } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type Principal, renderJoinManifest } from '@flotilla/domain';
import type { z } from 'zod';
import { newSecret, secretHash } from '../access/index.js';
import { AuditLog } from '../audit/index.js';
import { ClustersReadModel } from '../clusters/index.js';
import { AGENTS_OPTIONS, type AgentsOptions } from './agents.options.js';
import { CommandKeys } from './command-keys.js';

/** How a join token starts, so that scanners of leaked secrets know one. */
const joinTokenPrefix = 'fjt_';

/** A join token as stored. */
export interface StoredJoinToken {
  id: string;
  clusterId: string;
  cluster: string;
  readOnly: boolean;
  nonce: string | null;
  expired: boolean;
  used: boolean;
}

interface Row {
  id: string;
  cluster_id: string;
  name: string;
  read_only: boolean;
  nonce: string | null;
  expired: boolean;
  used: boolean;
}

/** Join tokens: one use, bound to one cluster, expiring. Only enrolment spends one. */
@Injectable()
export class JoinTokens {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clusters: ClustersReadModel,
    private readonly commandKeys: CommandKeys,
    @Inject(AGENTS_OPTIONS) private readonly options: AgentsOptions,
  ) {}

  /** Makes a token for a cluster; its secret is in this answer only. Errors: `not-found`, `forbidden`. */
  async create(nameOrId: string, request: z.infer<typeof createJoinTokenRequest>, principal: Principal): Promise<JoinTokenResponse> {
    const token = joinTokenPrefix + newSecret();
    const id = randomUUID();
    const expiresAt = await this.database.transaction(async () => {
      const cluster = await this.clusters.find(nameOrId, principal, 'join-tokens:create');
      const [row] = await this.database.query<{ expires_at: Date }>(
        `insert into join_token (id, cluster_id, token_hash, read_only, created_by, expires_at)
         values ($1::uuid, $2::uuid, $3, $4, $5, clock_timestamp() + make_interval(secs => $6::double precision)) returning expires_at`,
        [id, cluster.id, secretHash(token), request.readOnly, principal.subject, request.ttlSeconds],
      );
      if (!row) throw new FlotillaError('internal', 'the join token could not be stored');
      const detail = { readOnly: request.readOnly, expiresAt: row.expires_at.toISOString() };
      await this.audit.append({
        principal,
        action: 'join-tokens:create',
        outcome: 'allowed',
        subject: `cluster/${cluster.name}`,
        clusterId: cluster.id,
        detail,
      });
      return row.expires_at;
    });
    const manifestUrl = `${this.options.publicUrl}/join/${token}.yaml${request.readOnly ? '?readOnly=true' : ''}`;
    return { id, token, expiresAt: expiresAt.toISOString(), manifestUrl, command: `kubectl apply -f '${manifestUrl}'` };
  }

  /**
   * The join manifest: the agent and its join Secret. Reading it spends nothing. `readOnly`: without any right to change; a token made read-only is so anyway.
   * Errors: `join-token-unknown`, `join-token-used`, `join-token-expired`.
   */
  async manifest(token: string, readOnly: boolean): Promise<string> {
    const stored = await this.find(token);
    if (stored.used) throw usedToken(stored);
    if (stored.expired) throw expiredToken(stored);
    const content = {
      hubUrl: this.options.publicUrl,
      token,
      ...(this.options.hubCa === null ? {} : { ca: this.options.hubCa }),
      commandKeys: await this.commandKeys.jwks(),
    };
    return renderJoinManifest({ image: this.options.agentImage, readOnly: readOnly || stored.readOnly }, content);
  }

  /** The stored token; `lock` keeps it for the transaction. Errors: `join-token-unknown`. */
  async find(token: string, options: { lock: boolean } = { lock: false }): Promise<StoredJoinToken> {
    const [row] = await this.database.query<Row>(
      `select t.id, t.cluster_id, c.name, t.read_only, t.nonce, t.expires_at <= clock_timestamp() as expired, t.used_at is not null as used
       from join_token t join cluster c on c.id = t.cluster_id where t.token_hash = $1 and c.forgotten_at is null ${options.lock ? 'for update of t' : ''}`,
      [secretHash(token)],
    );
    if (!row) throw new FlotillaError('join-token-unknown', 'the join token is not one of this hub; make one with POST /api/v1/clusters/<cluster>/join-tokens');
    return { id: row.id, clusterId: row.cluster_id, cluster: row.name, readOnly: row.read_only, nonce: row.nonce, expired: row.expired, used: row.used };
  }
}

export const usedToken = (token: StoredJoinToken): FlotillaError =>
  new FlotillaError('join-token-used', `the join token of cluster "${token.cluster}" was used already; make another to join again`);
export const expiredToken = (token: StoredJoinToken): FlotillaError =>
  new FlotillaError('join-token-expired', `the join token of cluster "${token.cluster}" has expired; make another`);

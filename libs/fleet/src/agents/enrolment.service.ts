import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type EnrollRequest, type EnrollResponse, FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { importJWK, jwtVerify } from 'jose';
import { newSecret, secretHash } from '../access/index.js';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { AGENTS_OPTIONS, type AgentsOptions } from './agents.options.js';
import { CommandKeys } from './command-keys.js';
import { expiredToken, JoinTokens, type StoredJoinToken, usedToken } from './join-tokens.service.js';

/** Spending a join token: a nonce is asked for, the agent's key is proven over it, and the key becomes the cluster's newest agent. */
@Injectable()
export class Enrolment {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly changes: ChangeFeed,
    private readonly tokens: JoinTokens,
    private readonly commandKeys: CommandKeys,
    @Inject(AGENTS_OPTIONS) private readonly options: AgentsOptions,
  ) {}

  /** A nonce to prove the key over; the newest one counts. Errors: `join-token-unknown`, `join-token-expired`. */
  async challenge(token: string): Promise<{ nonce: string; clusterId: string }> {
    const stored = await this.tokens.find(token);
    if (stored.expired) throw stored.used ? usedToken(stored) : expiredToken(stored);
    const nonce = newSecret();
    await this.database.query('update join_token set nonce = $2 where id = $1::uuid returning 1 as ok', [stored.id, nonce]);
    return { nonce, clusterId: stored.clusterId };
  }

  /**
   * Accepts the key as the cluster's agent and revokes those before it. An agent that died before it read the answer asks again with the same key and
   * token and gets the same answer. Errors: `join-token-unknown`, `-used`, `-expired`, `proof-invalid`, `agent-revoked`, `conflict` (the Kubernetes cluster is joined as another one).
   */
  async enroll(request: EnrollRequest, requestId: string | null): Promise<EnrollResponse> {
    const commandKeys = await this.commandKeys.jwks();
    const { clusterId, incarnation } = await this.database.transaction(async () => {
      const token = await this.tokens.find(request.token, { lock: true });
      const known = token.used ? await this.keyOf(token, request) : null;
      if (token.used && !known) throw usedToken(token);
      if (token.expired) throw expiredToken(token);
      await this.checkProof(token, request);
      if (known?.revoked) throw new FlotillaError('agent-revoked', `the agent of cluster "${token.cluster}" was revoked; make a join token and join again`);
      return { clusterId: token.clusterId, incarnation: known?.incarnation ?? (await this.accept(token, request, requestId)) };
    });
    return { clusterId, incarnation, state: 'accepted', commandKeys, streamUrl: `${this.options.publicUrl.replace(/^http/, 'ws')}/agent/v1/stream` };
  }

  private async keyOf(token: StoredJoinToken, { publicKey }: EnrollRequest): Promise<{ incarnation: number; revoked: boolean } | null> {
    const [row] = await this.database.query<{ incarnation: number; revoked: boolean }>(
      `select incarnation, revoked_at is not null as revoked from agent where cluster_id = $1::uuid and public_key ->> 'x' = $2 and public_key ->> 'y' = $3 order by incarnation desc limit 1`,
      [token.clusterId, publicKey.x, publicKey.y],
    );
    return row ?? null;
  }

  private async checkProof(token: StoredJoinToken, request: EnrollRequest): Promise<void> {
    const invalid = (why: string, cause?: unknown) =>
      new FlotillaError('proof-invalid', `the proof of the agent's key does not verify: ${why}; ask for a new nonce and sign it`, { cause });
    if (token.nonce === null || token.nonce !== request.nonce) throw invalid('its nonce is not the newest one given');
    let claims: Record<string, unknown>;
    try {
      claims = (await jwtVerify(request.proof, await importJWK(request.publicKey, 'ES256'), { algorithms: ['ES256'] })).payload;
    } catch (cause) {
      throw invalid('it is not signed by the key', cause);
    }
    if (claims['nonce'] !== request.nonce || claims['tokenHash'] !== secretHash(request.token)) throw invalid('it is for another nonce or token');
  }

  private async accept(token: StoredJoinToken, { publicKey, facts }: EnrollRequest, requestId: string | null): Promise<number> {
    // two tokens of one cluster spent side by side get one incarnation each
    await this.database.query('select 1 as ok from cluster where id = $1::uuid for update', [token.clusterId]);
    if (facts.clusterUid !== '') {
      const twins = await this.database.query(
        'select 1 as ok from agent a join cluster c on c.id = a.cluster_id where a.cluster_uid = $1 and a.cluster_id <> $2::uuid and a.revoked_at is null and c.forgotten_at is null limit 1',
        [facts.clusterUid, token.clusterId],
      );
      if (twins.length > 0)
        throw new FlotillaError(
          'conflict',
          `this Kubernetes cluster (kube-system ${facts.clusterUid}) is joined under another name; forget that cluster or revoke its agent first`,
        );
    }
    const readOnly = token.readOnly || facts.readOnly;
    const [agent] = await this.database.query<{ incarnation: number }>(
      `insert into agent (id, cluster_id, incarnation, public_key, read_only, cluster_uid, accepted_at)
       select $1::uuid, $2::uuid, coalesce(max(incarnation), 0) + 1, $3::jsonb, $4, $5, clock_timestamp() from agent where cluster_id = $2::uuid returning incarnation`,
      [randomUUID(), token.clusterId, JSON.stringify(publicKey), readOnly, facts.clusterUid],
    );
    if (!agent) throw new FlotillaError('internal', 'the agent could not be stored');
    await this.database.query(
      'update agent set revoked_at = clock_timestamp() where cluster_id = $1::uuid and incarnation < $2::int and revoked_at is null returning 1 as ok',
      [token.clusterId, agent.incarnation],
    );
    await this.database.query('update join_token set used_at = clock_timestamp() where id = $1::uuid returning 1 as ok', [token.id]);
    const detail = { incarnation: agent.incarnation, readOnly, clusterUid: facts.clusterUid, agentVersion: facts.agentVersion };
    await this.audit.append({
      principal: { subject: `agent:${token.cluster}`, requestId },
      action: 'agents:enroll',
      outcome: 'allowed',
      subject: `cluster/${token.cluster}`,
      clusterId: token.clusterId,
      detail,
    });
    this.changes.publish('agents', [token.clusterId]);
    this.changes.publish('clusters', [token.clusterId]);
    return agent.incarnation;
  }
}

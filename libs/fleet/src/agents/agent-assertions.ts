import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { assertionSecondsMax, FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import type { Logger } from '@flotilla/observability';
import { decodeProtectedHeader, importJWK, type JWK, jwtVerify } from 'jose';
import type { VerifiedAgent } from './agent-authority.js';
import { AGENTS_OPTIONS, type AgentsOptions } from './agents.options.js';

/** Clocks of clusters may differ from Postgres' by this much. */
const clockToleranceSeconds = 30;
const headerLengthMax = 4_096;
const jtiLengthMax = 128;
const pruneMs = 60_000;

/** The agent behind a connection. */
export interface ConnectingAgent extends VerifiedAgent {
  readonly agentId: string;
  /** name of the cluster */
  readonly cluster: string;
}

interface Row {
  id: string;
  name: string;
  public_key: JWK;
  read_only: boolean;
  revoked: boolean;
  now: Date;
}

/**
 * Assertions that agents connect with: a JWS (ES256) by the agent's key, `kid` `<clusterId>.<incarnation>`, `iss` the cluster id, `aud` the hub's URL, `exp` at most
 * 60 s after `iat`, a `jti` that is taken once by all replicas.
 */
@Injectable()
export class AgentAssertions implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    @Inject(AGENTS_OPTIONS) private readonly options: AgentsOptions,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(
      () => this.prune().catch((error: unknown) => this.logger.warn({ err: error }, 'used assertions stay until the next minute')),
      pruneMs,
    );
    this.timer.unref();
  }

  /** The agent that an assertion, or the `Authorization` header that carries it, proves. Errors: `assertion-invalid`, `agent-revoked`. */
  async verify(authorization: string | undefined): Promise<ConnectingAgent> {
    const [, jws] = /^(?:Bearer +)?(\S+) *$/i.exec((authorization ?? '').slice(0, headerLengthMax)) ?? [];
    if (jws === undefined) throw invalid('there is no Authorization: Bearer <assertion>');
    const { clusterId, incarnation } = addressOf(jws);
    const [agent] = await this.database.query<Row>(
      `select a.id, c.name, a.public_key, a.read_only, (a.revoked_at is not null or c.forgotten_at is not null) as revoked, clock_timestamp() as now
       from agent a join cluster c on c.id = a.cluster_id where a.cluster_id = $1::uuid and a.incarnation = $2::int`,
      [clusterId, incarnation],
    );
    if (!agent) throw invalid('no such agent enrolled');
    const { jti, expiresAt } = await this.check(jws, clusterId, agent);
    // told only to the holder of the key
    if (agent.revoked) throw new FlotillaError('agent-revoked', `the agent of cluster "${agent.name}" was revoked; make a join token and join again`);
    const fresh = await this.database.query(
      'insert into assertion_use (jti, expires_at) values ($1, $2::timestamptz) on conflict do nothing returning 1 as ok',
      [`${clusterId}.${jti}`, expiresAt.toISOString()],
    );
    if (fresh.length === 0) throw invalid('it was used before, and each connection needs a new one');
    return { agentId: agent.id, clusterId, cluster: agent.name, incarnation, readOnly: agent.read_only };
  }

  private async check(jws: string, clusterId: string, agent: Row): Promise<{ jti: string; expiresAt: Date }> {
    try {
      const { payload } = await jwtVerify(jws, await importJWK(agent.public_key, 'ES256'), {
        algorithms: ['ES256'],
        issuer: clusterId,
        audience: this.options.publicUrl,
        requiredClaims: ['jti', 'iat', 'exp'],
        clockTolerance: clockToleranceSeconds,
        maxTokenAge: assertionSecondsMax,
        currentDate: agent.now,
      });
      const { jti, iat, exp } = payload;
      if (typeof jti !== 'string' || jti.length === 0 || jti.length > jtiLengthMax || iat === undefined || exp === undefined)
        throw new Error('jti, iat or exp is not usable');
      if (exp - iat > assertionSecondsMax) throw new Error(`it holds longer than ${assertionSecondsMax} s`);
      // kept until no clock would take it any more
      return { jti, expiresAt: new Date((exp + 2 * clockToleranceSeconds) * 1_000) };
    } catch (cause) {
      throw invalid(cause instanceof Error ? cause.message : 'it does not verify', cause);
    }
  }

  /** Forgets assertions that have expired anyway. */
  async prune(): Promise<void> {
    await this.database.query('delete from assertion_use where expires_at < clock_timestamp() returning 1 as ok');
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
  }
}

function addressOf(jws: string): { clusterId: string; incarnation: number } {
  let kid: string | undefined;
  try {
    kid = decodeProtectedHeader(jws).kid;
  } catch (cause) {
    throw invalid('it is not a JWS', cause);
  }
  const [, clusterId, incarnation] = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})$/.exec(kid ?? '') ?? [];
  if (clusterId === undefined || incarnation === undefined) throw invalid('its kid is not <cluster id>.<incarnation>');
  return { clusterId, incarnation: Number(incarnation) };
}

const invalid = (why: string, cause?: unknown): FlotillaError =>
  new FlotillaError('assertion-invalid', `the assertion of the agent does not verify: ${why}; check the agent's clock and hub URL, or join the cluster again`, {
    cause,
  });

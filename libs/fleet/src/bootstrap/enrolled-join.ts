import { Inject, Injectable } from '@nestjs/common';
import { joinTokenTtlSecondsDefault } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type JoinedAgent, type JoinSecretContent, systemPrincipal } from '@flotilla/domain';
import { AGENTS_OPTIONS, type AgentsOptions, CommandKeys, JoinTokens } from '../agents/index.js';
import type { JoinPort } from './steps/index.js';

/** Enrolment as a bootstrap uses it. */
@Injectable()
export class EnrolledJoin implements JoinPort {
  constructor(
    private readonly database: Database,
    private readonly tokens: JoinTokens,
    private readonly commandKeys: CommandKeys,
    @Inject(AGENTS_OPTIONS) private readonly options: AgentsOptions,
  ) {}

  async joined(clusterId: string): Promise<JoinedAgent | null> {
    const [row] = await this.database.query<{
      cluster_uid: string;
      accepted_at: Date;
      reported_uid: string | null;
      snapshot_at: Date | null;
      last_received_at: Date | null;
    }>(
      `select a.cluster_uid, a.accepted_at, c.facts ->> 'clusterUid' as reported_uid, c.snapshot_at, c.last_received_at
       from agent a join cluster c on c.id = a.cluster_id where a.cluster_id = $1::uuid and a.revoked_at is null order by a.incarnation desc limit 1`,
      [clusterId],
    );
    if (!row) return null;
    return {
      clusterUid: row.cluster_uid,
      acceptedAt: row.accepted_at,
      reportedUid: row.reported_uid,
      snapshotAt: row.snapshot_at,
      heardAt: row.last_received_at,
    };
  }

  async isTokenUsable(clusterId: string, token: string): Promise<boolean> {
    const stored = await this.tokens.find(token).catch(() => null);
    return stored !== null && stored.clusterId === clusterId && !stored.used && !stored.expired;
  }

  async issue(clusterId: string): Promise<JoinSecretContent> {
    const { token } = await this.tokens.create(clusterId, { ttlSeconds: joinTokenTtlSecondsDefault, readOnly: false }, systemPrincipal('bootstrap'));
    return {
      hubUrl: this.options.publicUrl,
      token,
      ...(this.options.hubCa === null ? {} : { ca: this.options.hubCa }),
      commandKeys: await this.commandKeys.jwks(),
    };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { joinTokenTtlSecondsDefault } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type JoinSecretContent, systemPrincipal } from '@flotilla/domain';
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

  async isJoined(clusterId: string): Promise<boolean> {
    const [row] = await this.database.query<{ joined: boolean }>(
      'select exists (select 1 from agent where cluster_id = $1::uuid and revoked_at is null) as joined',
      [clusterId],
    );
    return row?.joined ?? false;
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

  async snapshotAt(clusterId: string): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date | null }>('select snapshot_at as at from cluster where id = $1::uuid', [clusterId]);
    return row?.at ?? null;
  }
}

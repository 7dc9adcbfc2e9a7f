import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AgentAuthority, ConnectionsRepository, Ingest } from '@flotilla/fleet/agents';
import { ChangeFeed } from '@flotilla/fleet/change-feed';
import { Commands } from '@flotilla/fleet/commands';
import type { Logger } from '@flotilla/observability';

/** What an agent's session needs of the hub. */
@Injectable()
export class SessionServices {
  /** id of this process among the replicas, in `cluster.connected_replica` */
  readonly replica: string = randomUUID();

  constructor(
    readonly authority: AgentAuthority,
    readonly connections: ConnectionsRepository,
    readonly ingest: Ingest,
    readonly commands: Commands,
    readonly changes: ChangeFeed,
    @Inject('LOGGER') readonly logger: Logger,
  ) {}
}

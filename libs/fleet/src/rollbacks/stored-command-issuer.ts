import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { commandStates } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import type { CommandView } from '@flotilla/domain';
import { ChangeFeed } from '../change-feed/index.js';
import type { CommandIssuer, IssuedCommand } from './command-issuer.js';

/** Commands as rows that the stream of the cluster's agent delivers. Numbers grow per cluster, so also per object. */
@Injectable()
export class StoredCommandIssuer implements CommandIssuer {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeFeed,
  ) {}

  async issue(command: IssuedCommand): Promise<string> {
    const id = randomUUID();
    const object = command.arguments.type === 'rotate-key' ? null : command.arguments.object;
    // the row lock keeps two issuers from taking the same number
    await this.database.query('select 1 as ok from cluster where id = $1::uuid for update', [command.clusterId]);
    await this.database.query(
      `insert into command (id, cluster_id, type, object_kind, object_namespace, object_name, arguments, precondition, number, state, issuer, created_at, expires_at)
       select $1::uuid, $2::uuid, $3, $4, $5, $6, $7::jsonb, $8::jsonb, coalesce((select max(number) from command where cluster_id = $2::uuid), 0) + 1, 'pending', $9, clock_timestamp(), clock_timestamp() + make_interval(secs => $10)
       returning 1 as ok`,
      [
        id,
        command.clusterId,
        command.arguments.type,
        object?.kind ?? null,
        object?.namespace ?? null,
        object?.name ?? null,
        JSON.stringify(command.arguments),
        JSON.stringify(command.uid === undefined ? {} : { uid: command.uid }),
        command.issuer,
        command.ttlSeconds,
      ],
    );
    this.changes.publish('commands', [command.clusterId]);
    return id;
  }

  async views(ids: readonly string[]): Promise<Map<string, CommandView>> {
    if (ids.length === 0) return new Map();
    const rows = await this.database.query<{
      id: string;
      state: (typeof commandStates)[number];
      message: string;
      created_at: Date;
      expires_at: Date;
      finished_at: Date | null;
      late: boolean;
    }>(`select id, state, message, created_at, expires_at, finished_at, expires_at < clock_timestamp() as late from command where id = any($1::uuid[])`, [ids]);
    return new Map(
      rows.map((row) => {
        const open = row.state === 'pending' || row.state === 'delivered';
        if (open && row.late) return [row.id, { state: 'expired', message: 'the agent did not take it in time', at: row.expires_at }];
        return [row.id, { state: row.state, message: row.message, at: row.finished_at ?? row.created_at }];
      }),
    );
  }
}

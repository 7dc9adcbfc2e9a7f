import { Injectable } from '@nestjs/common';
import { type CommandArguments, type CommandClaims, type CommandResponse, type CommandResult, type ObjectKey } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { Parameters } from '../clusters/index.js';

/** A command as stored. */
export interface CommandRecord extends CommandResponse {
  readonly arguments: CommandArguments;
  readonly precondition: CommandClaims['precondition'];
  readonly number: number;
}

interface Row {
  id: string;
  cluster_id: string;
  cluster: string;
  type: CommandResponse['type'];
  object_kind: string | null;
  object_namespace: string | null;
  object_name: string | null;
  arguments: CommandArguments;
  precondition: CommandClaims['precondition'];
  number: bigint;
  state: CommandResponse['state'];
  message: string;
  issuer: string;
  created_at: Date;
  expires_at: Date;
  finished_at: Date | null;
}

/** Late results are waited for this long before a delivered command is called expired. */
const resultGraceSeconds = 10;
const expireBatch = 1_000;

const overdue = (table: string): string =>
  `(${table}.state in ('pending', 'delivered') and ${table}.expires_at < now() - make_interval(secs => case when ${table}.state = 'delivered' then ${resultGraceSeconds} else 0 end))`;
/** What became of an overdue command, and what to do. */
const overdueMessage = (table: string): string =>
  `case when ${table}.state = 'pending' then 'the agent did not connect in time' else 'the agent did not answer in time' end || '; see that it is connected, then order it again'`;

/** An overdue command is expired at every read, whether or not the sweep has been by. */
const columns = `c.id, c.cluster_id, k.name as cluster, c.type, c.object_kind, c.object_namespace, c.object_name, c.arguments, c.precondition, c.number, c.issuer, c.created_at, c.expires_at, c.finished_at,
  case when ${overdue('c')} then 'expired' else c.state end as state, case when ${overdue('c')} then ${overdueMessage('c')} else c.message end as message`;

@Injectable()
export class CommandsRepository {
  constructor(private readonly database: Database) {}

  /** Stores a pending command under the next number of its cluster. Numbers come from the clock, so they grow also after a restored backup. */
  async insert(command: {
    id: string;
    clusterId: string;
    arguments: CommandArguments;
    precondition: CommandClaims['precondition'];
    issuer: string;
    ttlSeconds: number;
  }): Promise<void> {
    const object: ObjectKey | null = 'object' in command.arguments ? command.arguments.object : null;
    await this.database.query('select pg_advisory_xact_lock(hashtextextended($1, 7)) is null as ok', [command.clusterId]);
    await this.database.query(
      `insert into command (id, cluster_id, type, object_kind, object_namespace, object_name, arguments, precondition, number, state, issuer, created_at, expires_at)
       select $1::uuid, $2::uuid, $3, $4, $5, $6, $7::jsonb, $8::jsonb,
         greatest((select coalesce(max(number), 0) + 1 from command where cluster_id = $2::uuid), floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 'pending', $9, now(), now() + make_interval(secs => $10::int)
       returning 1 as ok`,
      [
        command.id,
        command.clusterId,
        command.arguments.type,
        object?.kind ?? null,
        object?.namespace ?? null,
        object?.name ?? null,
        JSON.stringify(command.arguments),
        JSON.stringify(command.precondition),
        command.issuer,
        command.ttlSeconds,
      ],
    );
  }

  async find(commandId: string): Promise<CommandRecord | null> {
    const [row] = await this.database.query<Row>(`select ${columns} from command c join cluster k on k.id = c.cluster_id where c.id = $1::uuid`, [commandId]);
    return row ? toRecord(row) : null;
  }

  async findAll(commandIds: readonly string[]): Promise<CommandRecord[]> {
    if (commandIds.length === 0) return [];
    const rows = await this.database.query<Row>(`select ${columns} from command c join cluster k on k.id = c.cluster_id where c.id = any($1::uuid[])`, [
      commandIds,
    ]);
    return rows.map(toRecord);
  }

  /** Commands newest first, before the given one. */
  async list(filter: { clusterId: string; limit: number; before: { createdAt: string; id: string } | null }): Promise<CommandRecord[]> {
    const parameters = new Parameters();
    const conditions = [`c.cluster_id = ${parameters.add(filter.clusterId, 'uuid')}`];
    if (filter.before)
      conditions.push(`(c.created_at, c.id) < (${parameters.add(filter.before.createdAt, 'timestamptz')}, ${parameters.add(filter.before.id, 'uuid')})`);
    const rows = await this.database.query<Row>(
      `select ${columns} from command c join cluster k on k.id = c.cluster_id where ${conditions.join(' and ')} order by c.created_at desc, c.id desc limit ${parameters.add(filter.limit, 'int')}`,
      parameters.values,
    );
    return rows.map(toRecord);
  }

  /** Objects of a kind that a command of the type is on its way to, as `namespace/name`. */
  async underWay(clusterId: string, type: CommandArguments['type'], kind: string): Promise<Set<string>> {
    const rows = await this.database.query<{ object: string }>(
      `select c.object_namespace || '/' || c.object_name as object from command c
       where c.cluster_id = $1::uuid and c.type = $2 and c.object_kind = $3 and c.state in ('pending', 'delivered') and c.expires_at > now()`,
      [clusterId, type, kind],
    );
    return new Set(rows.map((row) => row.object));
  }

  /** What is to be sent to these clusters, in order. `again`: also what was delivered and not answered (the connection is new). */
  async undelivered(clusterIds: readonly string[], again: boolean, limit: number): Promise<CommandRecord[]> {
    const rows = await this.database.query<Row>(
      `select ${columns} from command c join cluster k on k.id = c.cluster_id
       where c.cluster_id = any($1::uuid[]) and c.state = any($2::text[]) and c.expires_at > now() order by c.number limit $3::int`,
      [clusterIds, again ? ['pending', 'delivered'] : ['pending'], limit],
    );
    return rows.map(toRecord);
  }

  /** Notes that a command is on its way. */
  async markDelivered(commandId: string): Promise<void> {
    await this.database.query(
      `update command set state = 'delivered', delivered_at = coalesce(delivered_at, now()) where id = $1::uuid and state in ('pending', 'delivered') returning 1 as ok`,
      [commandId],
    );
  }

  /** Stores an agent's answer, once, also when it comes late; gives whether this was it. */
  async finish(clusterId: string, result: CommandResult): Promise<boolean> {
    const rows = await this.database.query(
      `update command set state = $3, message = $4, finished_at = now() where id = $1::uuid and cluster_id = $2::uuid and state in ('pending', 'delivered', 'expired') and delivered_at is not null returning 1 as ok`,
      [result.id, clusterId, result.outcome, result.message],
    );
    return rows.length === 1;
  }

  /** Calls overdue commands expired; gives the clusters they were for. */
  async expire(): Promise<string[]> {
    const rows = await this.database.query<{ cluster_id: string }>(
      `update command set state = 'expired', finished_at = now(), message = ${overdueMessage('command')}
       where id in (select id from command where ${overdue('command')} order by expires_at limit ${expireBatch} for update skip locked)
       returning cluster_id`,
    );
    return [...new Set(rows.map((row) => row.cluster_id))];
  }
}

function toRecord(row: Row): CommandRecord {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    cluster: row.cluster,
    type: row.type,
    state: row.state,
    message: row.message,
    issuer: row.issuer,
    arguments: row.arguments,
    precondition: row.precondition,
    number: Number(row.number),
    object: row.object_kind === null ? null : { kind: row.object_kind, namespace: row.object_namespace ?? '', name: row.object_name ?? '' },
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
  };
}

import { Injectable } from '@nestjs/common';
import { type ObjectResponse, type objectsQuery, type ObjectState, type ObjectStatus, type Page } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { parseSelector, type Principal, silentAfterMs } from '@flotilla/domain';
import type { z } from 'zod';
import { Parameters, scopeSql, selectorSql } from '../clusters/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';

export type ObjectsQuery = z.infer<typeof objectsQuery>;

interface Row {
  cluster_id: string;
  cluster: string;
  state: ObjectState;
  stage: ObjectResponse['stage'];
  reason: string;
  message: string;
  since: Date | null;
  received_at: Date;
  stale: boolean;
  incarnation: number;
  status: ObjectStatus;
}

/** Whether what is stored of the cluster can be believed now; judged at every read, on Postgres' clock. */
const staleSql = `(c.contested_at is not null or c.last_received_at is null or clock_timestamp() - c.last_received_at >= interval '${silentAfterMs} milliseconds')`;
const stateSql = `(case when ${staleSql} then 'unknown' else o.state end)`;

/** Flux objects of the clusters in scope. What a silent or contested cluster said last is shown, but its state is unknown. */
@Injectable()
export class ObjectsReadModel {
  constructor(private readonly database: Database) {}

  /** Objects by cluster, kind, namespace, name. Inventories are left out unless one name is asked for. Errors: `selector-invalid`, `cursor-invalid`. */
  async list(query: ObjectsQuery, principal: Principal, clusterId?: string): Promise<Page<ObjectResponse>> {
    const parameters = new Parameters();
    const conditions = [
      'c.forgotten_at is null',
      scopeSql(principal, 'objects:read', parameters),
      selectorSql(parseSelector(query.selector ?? ''), parameters),
    ];
    if (clusterId !== undefined) conditions.push(`c.id = ${parameters.add(clusterId, 'uuid')}`);
    const equal: readonly [string, string | undefined][] = [
      ['c.name collate "C"', query.cluster],
      ['o.kind', query.kind],
      ['o.namespace', query.namespace],
      ['o.name', query.name],
      [stateSql, query.state],
    ];
    for (const [column, value] of equal) if (value !== undefined) conditions.push(`${column} = ${parameters.add(value, 'text')}`);
    const after = decodeCursor(query.cursor, ['string', 'string', 'string', 'string']);
    if (after) conditions.push(`(c.name collate "C", o.kind, o.namespace, o.name) > (${after.map((part) => parameters.add(part, 'text')).join(', ')})`);
    const rows = await this.database.query<Row>(
      `select o.cluster_id, c.name as cluster, ${stateSql} as state, o.stage, o.reason, o.message, o.since, o.received_at, ${staleSql} as stale, o.incarnation, ${query.name === undefined ? `o.status - 'inventory'` : 'o.status'} as status
       from flux_object o join cluster c on c.id = o.cluster_id where ${conditions.join(' and ')}
       order by c.name collate "C", o.kind, o.namespace, o.name limit ${parameters.add(query.limit + 1, 'int')}`,
      parameters.values,
    );
    return pageFrom(rows.map(toResponse), query.limit, (last) => [last.cluster, last.status.kind, last.status.namespace, last.status.name]);
  }
}

function toResponse(row: Row): ObjectResponse {
  return {
    clusterId: row.cluster_id,
    cluster: row.cluster,
    state: row.state,
    stage: row.stage,
    reason: row.reason,
    message: row.message,
    since: row.since?.toISOString() ?? null,
    receivedAt: row.received_at.toISOString(),
    stale: row.stale,
    incarnation: row.incarnation,
    status: row.status,
  };
}

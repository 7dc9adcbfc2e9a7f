import { Injectable } from '@nestjs/common';
import type { LedgerEntryResponse, ledgerQuery, Page } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { parseSelector, type Principal } from '@flotilla/domain';
import type { z } from 'zod';
import { Parameters, scopeSql, selectorSql } from '../clusters/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';

export type LedgerQuery = z.infer<typeof ledgerQuery>;

interface Row {
  id: string;
  cluster_id: string;
  cluster: string;
  kind: string;
  namespace: string;
  name: string;
  revision: string;
  sha: string | null;
  result: LedgerEntryResponse['result'];
  stage: LedgerEntryResponse['stage'];
  message: string;
  from_at: Date;
  to_at: Date | null;
  author: string | null;
  subject: string | null;
}

/** Which revision each workload ran, from when to when (hub clock), with what result and whose commit it was. */
@Injectable()
export class LedgerReadModel {
  constructor(private readonly database: Database) {}

  /** Entries newest first; `at`: those that held at that instant. Errors: `selector-invalid`, `cursor-invalid`. */
  async list(query: LedgerQuery, principal: Principal): Promise<Page<LedgerEntryResponse>> {
    const parameters = new Parameters();
    const conditions = [scopeSql(principal, 'ledger:read', parameters), selectorSql(parseSelector(query.selector ?? ''), parameters)];
    const equal: readonly [string, string | undefined][] = [
      ['c.name collate "C"', query.cluster],
      ['l.kind', query.kind],
      ['l.namespace', query.namespace],
      ['l.name', query.name],
    ];
    for (const [column, value] of equal) if (value !== undefined) conditions.push(`${column} = ${parameters.add(value, 'text')}`);
    if (query.at !== undefined) {
      const at = parameters.add(query.at, 'timestamptz');
      conditions.push(`l.from_at <= ${at} and (l.to_at is null or l.to_at > ${at})`);
    }
    const before = decodeCursor(query.cursor, ['string', 'string']);
    if (before) conditions.push(`(l.from_at, l.id) < (${parameters.add(before[0], 'timestamptz')}, ${parameters.add(before[1], 'uuid')})`);
    const rows = await this.database.query<Row>(
      `select l.*, c.name as cluster, m.author, m.subject from ledger_entry l join cluster c on c.id = l.cluster_id
       left join lateral (select author, subject from mirror_commit where sha = l.sha order by fleet_repo_id is distinct from c.fleet_repo_id limit 1) m on true
       where ${conditions.join(' and ')} order by l.from_at desc, l.id desc limit ${parameters.add(query.limit + 1, 'int')}`,
      parameters.values,
    );
    return pageFrom(rows.map(toEntry), query.limit, (last) => [last.from, last.id]);
  }

  /** Since when each workload of a cluster runs what it runs, by `Kind/namespace/name`. */
  async runsSince(clusterId: string): Promise<Map<string, Date>> {
    const rows = await this.database.query<{ key: string; from_at: Date }>(
      `select kind || '/' || namespace || '/' || name as key, from_at from ledger_entry where cluster_id = $1::uuid and to_at is null`,
      [clusterId],
    );
    return new Map(rows.map((row) => [row.key, row.from_at]));
  }
}

function toEntry(row: Row): LedgerEntryResponse {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    cluster: row.cluster,
    object: { kind: row.kind, namespace: row.namespace, name: row.name },
    revision: row.revision,
    sha: row.sha,
    result: row.result,
    stage: row.stage,
    message: row.message,
    from: row.from_at.toISOString(),
    to: row.to_at?.toISOString() ?? null,
    author: row.author,
    subject: row.subject,
  };
}

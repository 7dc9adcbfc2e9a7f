import { execFileSync } from 'node:child_process';
import type { Database } from '@flotilla/database';

/** Columns that may change although nothing was done, each with why. */
const exceptColumns: Readonly<Record<string, { columns: string[]; why: string }>> = {
  'public.api_token': { columns: ['last_used_at'], why: 'that a token was used is noted, also when what it asked for is refused' },
  'public.cluster': { columns: ['last_received_at', 'connected_replica'], why: 'heartbeats of the agents that stay connected, and that a connection ended' },
};
/** Rows that may be added although nothing was done, each with why. */
const exceptRows: Readonly<Record<string, { where: string; why: string }>> = {
  'public.audit_entry': { where: `outcome = 'refused'`, why: 'every refused write of known credentials is in the audit trail' },
  'public.audit_head': { where: 'true', why: 'it moves with the entry of a refusal' },
};

/** What is written where: tables, Git refs and objects of clusters. */
export type Written = Record<string, string>;

/** Reads rows and content of every table of the hub, those of the job queues too; a table added later is in it by itself. */
export async function writtenTables(database: Database): Promise<Written> {
  const tables = await database.query<{ name: string }>(
    `select table_schema || '.' || table_name as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const parts = tables.map(({ name }) => {
    const columns = exceptColumns[name]?.columns ?? [];
    const content = columns.reduce((row, column) => `(${row} - '${column}')`, 'to_jsonb(t)');
    return `select '${name}' as name, count(*) || ' rows, ' || md5(coalesce(string_agg(md5(${content}::text), '' order by md5(${content}::text)), '')) as content
      from ${name.replace(/^(.*)\.(.*)$/, '"$1"."$2"')} t where not (${exceptRows[name]?.where ?? 'false'})`;
  });
  const rows = await database.query<{ name: string; content: string }>(parts.join(' union all '));
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]));
}

/** Branches and tags of a bare repository. */
export function writtenRefs(folder: string): Written {
  return { [`refs of ${folder}`]: execFileSync('git', ['-C', folder, 'for-each-ref', '--format=%(refname) %(objectname)']).toString() };
}

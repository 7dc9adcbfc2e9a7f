import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const batchRows = 3_000;
const clients = 2;

/** The pgbench program: on PATH, or where Debian's package `postgresql` puts it. Null: not installed. */
export function findPgbench(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...versions.map((version) => path.join(debian, version, 'bin'))];
  return folders.map((folder) => path.join(folder, 'pgbench')).find((file) => existsSync(file)) ?? null;
}

/**
 * Rows a second that pgbench upserts, in batches of 3,000 by two clients, into a copy of the table the hub writes to, holding as many rows of the same
 * size: the most this server does at this moment.
 */
export async function batchUpsertRate(program: string, databaseUrl: string, rows: number, seconds: number): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'flotilla-pgbench-'));
  const script = path.join(folder, 'upsert.sql');
  writeFileSync(
    script,
    `\\set from random(0, ${Math.max(0, rows - batchRows)})
insert into bench_object select cluster_id, kind, namespace, name, state, stage, reason, message, since, revision, sha, status, incarnation, now(), now() from bench_row where n >= :from and n < :from + ${batchRows} order by n
on conflict (cluster_id, kind, namespace, name) do update set state = excluded.state, stage = excluded.stage, reason = excluded.reason, message = excluded.message, since = excluded.since, revision = excluded.revision,
  sha = excluded.sha, status = excluded.status, incarnation = excluded.incarnation, observed_at = excluded.observed_at, received_at = excluded.received_at;
`,
  );
  try {
    const output = await run(program, ['-n', '-M', 'prepared', '-c', String(clients), '-j', String(clients), '-T', String(seconds), '-f', script, databaseUrl]);
    const tps = /tps = ([\d.]+)/.exec(output)?.[1];
    if (tps === undefined) throw new Error(`pgbench told no rate:\n${output}`);
    return Number(tps) * Math.min(batchRows, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tables that `batchUpsertRate` needs, filled from what the hub stored. */
export const prepareSql = `
drop table if exists bench_object, bench_row;
create table bench_object (like flux_object including all);
insert into bench_object select * from flux_object;
create table bench_row as select row_number() over (order by cluster_id, kind, namespace, name) - 1 as n, * from flux_object;
create unique index on bench_row (n);
analyze bench_object, bench_row;`;

function run(program: string, parameters: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (data: Buffer): void => void (output += data.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`pgbench ended with ${code}:\n${output}`))));
  });
}

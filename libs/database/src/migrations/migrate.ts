import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

/** Advisory lock that keeps two replicas from migrating at once. */
const migrationLock = 7_246_201;
const statementTimeoutMs = 10 * 60_000;

// The table of `prisma migrate`, so that either tool sees what the other applied.
const migrationsTable = `create table if not exists "_prisma_migrations" (
  "id" varchar(36) primary key not null, "checksum" varchar(64) not null, "finished_at" timestamptz, "migration_name" varchar(255) not null,
  "logs" text, "rolled_back_at" timestamptz, "started_at" timestamptz not null default now(), "applied_steps_count" integer not null default 0)`;

/**
 * Applies every migration of `directory` (the layout of `prisma migrate`) that the database has not seen, each in one transaction with its
 * record, under an advisory lock; a migration that was changed after it was applied is an error. `after` runs under the same lock.
 * Needs no Prisma CLI and no engine. Gives the names of those applied.
 */
export async function migrate(databaseUrl: string, directory: string, after?: (client: pg.Client) => Promise<void>): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, statement_timeout: statementTimeoutMs, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await client.query(migrationsTable);
    const seen = new Map(
      (
        await client.query<{ migration_name: string; checksum: string }>(
          'select migration_name, checksum from "_prisma_migrations" where finished_at is not null and rolled_back_at is null',
        )
      ).rows.map((row) => [row.migration_name, row.checksum]),
    );
    const names = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
    const applied: string[] = [];
    for (const name of names) {
      const script = readFileSync(path.join(directory, name, 'migration.sql'), 'utf8');
      const checksum = createHash('sha256').update(script).digest('hex');
      const known = seen.get(name);
      if (known === checksum) continue;
      if (known !== undefined) throw new Error(`the migration ${name} was changed after this database took it; restore the file, or start with a new database`);
      await apply(client, name, script, checksum);
      applied.push(name);
    }
    await after?.(client);
    return applied;
  } finally {
    await client.end();
  }
}

async function apply(client: pg.Client, name: string, script: string, checksum: string): Promise<void> {
  await client.query('begin');
  try {
    await client.query(script);
    await client.query('insert into "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count) values ($1, $2, now(), $3, 1)', [
      randomUUID(),
      checksum,
      name,
    ]);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback');
    throw new Error(`the migration ${name} failed and was undone: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

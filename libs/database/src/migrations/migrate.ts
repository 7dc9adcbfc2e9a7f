import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { openSchemaEngine } from './schema-engine.js';

/** Advisory lock that keeps two replicas from migrating at once. */
const migrationLock = 7_246_201;
const statementTimeoutMs = 10 * 60_000;

/**
 * Applies every migration of `directory` (the layout of `prisma migrate`) that the database has not seen, under an advisory lock.
 * `before` and `after` run under the same lock. Gives the names of those applied.
 */
export async function migrate(databaseUrl: string, directory: string, after?: (client: pg.Client) => Promise<void>): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, statement_timeout: statementTimeoutMs, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    const names = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
    const engine = await openSchemaEngine(databaseUrl, []);
    const applied = await engine.apply({
      baseDir: path.resolve(directory),
      lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
      shadowDbInitScript: '',
      migrationDirectories: names.map((name) => ({
        path: name,
        migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: readFileSync(path.join(directory, name, 'migration.sql'), 'utf8') } },
      })),
    });
    await after?.(client);
    return applied;
  } finally {
    await client.end();
  }
}

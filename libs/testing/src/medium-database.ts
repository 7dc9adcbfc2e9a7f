import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { Database, migrate } from '@flotilla/database';
import { PostgresServer } from '@flotilla/local-services';

const templateName = 'flotilla_template';

/** One real Postgres for a test run, with a migrated template database. `stop` removes its data. */
export async function startTestPostgres(
  migrations: string,
  after?: Parameters<typeof migrate>[2],
): Promise<{ adminUrl: string; server: PostgresServer; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'flotilla-test-pg-'));
  // root runs Postgres as another account, which must reach the folder
  chmodSync(folder, 0o711);
  const server = await PostgresServer.start({ directory: path.join(folder, 'data'), unsafe: true, settings: { max_connections: '400' } });
  await server.createDatabase(templateName);
  await migrate(server.url(templateName), migrations, after);
  return {
    adminUrl: server.url(),
    server,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A database of its own, cloned from the template of the run's server (`FLOTILLA_TEST_POSTGRES`, set by the global set-up). */
export async function freshDatabaseUrl(adminUrl = process.env['FLOTILLA_TEST_POSTGRES']): Promise<string> {
  if (!adminUrl) throw new Error('no test Postgres: run through the vitest project that starts one');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const admin = new Database({ url: adminUrl, poolSize: 1 });
  try {
    await admin.pool.query(`create database "${name}" template "${templateName}"`);
  } finally {
    await admin.close();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** A `Database` on a fresh database. The caller closes it. */
export async function freshDatabase(poolSize = 5): Promise<Database> {
  return new Database({ url: await freshDatabaseUrl(), poolSize });
}

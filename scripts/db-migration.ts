/**
 * Writes prisma/migrations/20261124000000_init from the schema (`--check`: compares instead and exits 1 on a difference).
 * Before the first release there is one generated migration and one written by hand; afterwards each change adds its own.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openSchemaEngine } from '@flotilla/database';
import { PostgresServer } from '@flotilla/local-services';

const folder = 'prisma/schema';
const target = 'prisma/migrations/20261124000000_init/migration.sql';
const files = readdirSync(folder)
  .sort()
  .map((name) => ({ path: path.join(folder, name), content: readFileSync(path.join(folder, name), 'utf8') }));
const scratch = mkdtempSync(path.join(os.tmpdir(), 'flotilla-migration-'));
// root runs Postgres as another account, which must reach the folder
chmodSync(scratch, 0o711);
const server = await PostgresServer.start({ directory: path.join(scratch, 'data'), unsafe: true });
let exitCode = 0;
try {
  const engine = await openSchemaEngine(server.url(), files);
  const sql = await engine.diffFromEmpty();
  if (!process.argv.includes('--check')) {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, sql);
    console.log(`wrote ${target}`);
  } else if (readFileSync(target, 'utf8') !== sql) {
    console.error(`${target} does not fit the schema; run npm run db:migration`);
    exitCode = 1;
  }
} finally {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(exitCode);

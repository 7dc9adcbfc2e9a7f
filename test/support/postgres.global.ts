import path from 'node:path';
import { migrateJobs } from '@flotilla/jobs';
import { startTestPostgres } from '@flotilla/testing';

/** One Postgres for the whole run; each test file clones the migrated template. */
export default async function setup(): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres(path.resolve('prisma/migrations'), migrateJobs);
  process.env.FLOTILLA_TEST_POSTGRES = postgres.adminUrl;
  return () => postgres.stop();
}

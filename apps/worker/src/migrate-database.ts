import { fileURLToPath } from 'node:url';
import { migrate } from '@flotilla/database';
import { migrateJobs } from '@flotilla/jobs';

/** The migrations that came with this build: `prisma/migrations` of the checkout or image. */
const migrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** Brings the database to this build's schema, then the job tables; gives the names of migrations applied. */
export function migrateDatabase(databaseUrl: string): Promise<string[]> {
  return migrate(databaseUrl, migrations, migrateJobs);
}

import 'reflect-metadata';
import { configOrExit } from '@flotilla/config';
import { waitForDatabase } from '@flotilla/database';
import { createLogger } from '@flotilla/observability';
import { createWorker } from './create-worker.js';
import { migrateDatabase } from './migrate-database.js';
import { workerConfig } from './worker.config.js';

const argv = process.argv.slice(2);
const config = configOrExit(
  'flotilla-worker [migrate]',
  'jobs and schedules of a Flotilla fleet hub; `migrate` brings the database to this version and ends',
  workerConfig,
  process.env,
  argv,
);
const logger = createLogger('worker', config.FLOTILLA_LOG_LEVEL);
try {
  await waitForDatabase(config.DATABASE_URL, (reason) => logger.warn(reason));
  if (argv[0] === 'migrate') {
    const applied = await migrateDatabase(config.DATABASE_URL);
    logger.info({ applied }, 'database is up to date');
    process.exit(0);
  }
  await createWorker(config, logger);
  logger.info('worker is running');
} catch (error) {
  logger.error({ err: error }, 'the worker could not start');
  process.exit(1);
}

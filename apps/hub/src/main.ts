import 'reflect-metadata';
import { configOrExit } from '@flotilla/config';
import { waitForDatabase } from '@flotilla/database';
import { createLogger } from '@flotilla/observability';
import { createHub } from './create-hub.js';
import { hubConfig } from './hub.config.js';

const config = configOrExit('flotilla-hub', 'REST API, console and agent stream of a Flotilla fleet hub', hubConfig, process.env, process.argv.slice(2));
const logger = createLogger('hub', config.FLOTILLA_LOG_LEVEL);
try {
  await waitForDatabase(config.DATABASE_URL, (reason) => logger.warn(reason));
  const app = await createHub(config, logger);
  await app.listen(config.PORT, config.FLOTILLA_LISTEN_ADDRESS);
  logger.info({ url: await app.getUrl() }, 'hub is listening');
} catch (error) {
  logger.error({ err: error }, 'the hub could not start');
  process.exit(1);
}

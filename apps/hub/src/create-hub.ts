import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { collectProcessMetrics, type Logger } from '@flotilla/observability';
import { parseSecretKey } from '@flotilla/fleet/secrets';
import { readFileSync } from 'node:fs';
import type { HubConfig } from './hub.config.js';
import { HubModule } from './hub.module.js';
import { requestId } from './platform/request-context/request-id.middleware.js';

/** Longest JSON body of an ordinary route; routes that take more say so themselves. */
const jsonBytesMax = 1024 * 1024;

/** Builds the hub, not yet listening: `main` and tests share it. */
export async function createHub(config: HubConfig, logger: Logger): Promise<NestExpressApplication> {
  collectProcessMetrics();
  const key = parseSecretKey(config.FLOTILLA_SECRET_KEY || (config.FLOTILLA_SECRET_KEY_FILE ? readFileSync(config.FLOTILLA_SECRET_KEY_FILE, 'utf8') : ''));
  const app = await NestFactory.create<NestExpressApplication>(HubModule.forRoot(config, key, logger), { logger: ['error', 'warn'], bodyParser: false, abortOnError: false });
  app.use(requestId);
  app.useBodyParser('json', { limit: jsonBytesMax });
  app.disable('x-powered-by');
  app.enableShutdownHooks();
  return app;
}

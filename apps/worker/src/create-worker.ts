import { readFileSync } from 'node:fs';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OutboxRelay } from '@flotilla/fleet/outbox';
import { parseSecretKey } from '@flotilla/fleet/secrets';
import { JobWorker } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import type { WorkerConfig } from './worker.config.js';
import { WorkerModule } from './worker.module.js';

/** Builds the worker and starts its jobs, schedules and the outbox relay: `main` and tests share it. */
export async function createWorker(config: WorkerConfig, logger: Logger): Promise<INestApplicationContext> {
  const key = parseSecretKey(config.FLOTILLA_SECRET_KEY || (config.FLOTILLA_SECRET_KEY_FILE ? readFileSync(config.FLOTILLA_SECRET_KEY_FILE, 'utf8') : ''));
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config, key, logger), { logger: ['error', 'warn'], abortOnError: false });
  app.enableShutdownHooks();
  app.get(JobWorker).start();
  await app.get(OutboxRelay).start();
  return app;
}

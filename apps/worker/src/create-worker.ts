import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OutboxRelay } from '@flotilla/fleet/outbox';
import { readSecretKey } from '@flotilla/fleet/secrets';
import { JobWorker } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import type { WorkerConfig } from './worker.config.js';
import { WorkerModule } from './worker.module.js';

/** Builds the worker and starts its jobs, schedules and the outbox relay: `main` and tests share it. */
export async function createWorker(config: WorkerConfig, logger: Logger): Promise<INestApplicationContext> {
  const key = readSecretKey(config);
  const app = await NestFactory.createApplicationContext(WorkerModule.forRoot(config, key, logger), { logger: ['error', 'warn'], abortOnError: false });
  app.enableShutdownHooks();
  app.get(JobWorker).start();
  await app.get(OutboxRelay).start();
  return app;
}

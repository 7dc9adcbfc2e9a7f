import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@flotilla/observability';
import { WORKER_CONFIG, type WorkerConfig } from '../worker.config.js';

/** What every part of the worker is given: its configuration and its log. */
@Module({})
export class PlatformModule {
  static forRoot(config: WorkerConfig, logger: Logger): DynamicModule {
    const providers = [
      { provide: WORKER_CONFIG, useValue: config },
      { provide: 'LOGGER', useValue: logger },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

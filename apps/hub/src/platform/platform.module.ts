import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@flotilla/observability';
import { HUB_CONFIG, type HubConfig } from '../hub.config.js';

/** What every part of the hub is given: its configuration and its log. */
@Module({})
export class PlatformModule {
  static forRoot(config: HubConfig, logger: Logger): DynamicModule {
    const providers = [
      { provide: HUB_CONFIG, useValue: config },
      { provide: 'LOGGER', useValue: logger },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@flotilla/observability';
import { createOutbound } from '@flotilla/outbound';
import { HUB_CONFIG, type HubConfig } from '../hub.config.js';

/** What every part of the hub is given: its configuration and its log. */
@Module({})
export class PlatformModule {
  static forRoot(config: HubConfig, logger: Logger): DynamicModule {
    const providers = [
      { provide: HUB_CONFIG, useValue: config },
      { provide: 'LOGGER', useValue: logger },
      {
        provide: 'OUTBOUND',
        useValue: createOutbound({
          allow: config.FLOTILLA_OUTBOUND_ALLOW.split(',')
            .map((range) => range.trim())
            .filter((range) => range !== ''),
        }),
      },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

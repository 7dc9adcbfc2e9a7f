import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from '@flotilla/observability';
import { createOutbound } from '@flotilla/outbound';

/** What every part of hub and worker is given: the log, and the one guarded way out. */
@Module({})
export class PlatformModule {
  /** `outboundAllow`: CIDRs as `FLOTILLA_OUTBOUND_ALLOW` lists them. */
  static forRoot(options: { outboundAllow: string; logger: Logger }): DynamicModule {
    const allow = options.outboundAllow
      .split(',')
      .map((range) => range.trim())
      .filter((range) => range !== '');
    const providers = [
      { provide: 'LOGGER', useValue: options.logger },
      { provide: 'OUTBOUND', useValue: createOutbound({ allow }) },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}

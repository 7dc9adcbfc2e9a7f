import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DatabaseModule } from '@flotilla/database';
import { AuditModule } from '@flotilla/fleet/audit';
import { ChangeFeedModule } from '@flotilla/fleet/change-feed';
import { SecretsModule } from '@flotilla/fleet/secrets';
import { FleetRepoGitModule } from '@flotilla/fleet/fleet-repos';
import { OutboxModule } from '@flotilla/fleet/outbox';
import { JobsModule } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import type { HubConfig } from './hub.config.js';
import { ProblemFilter } from './platform/errors/problem.filter.js';
import { HealthController } from './platform/health/health.controller.js';
import { PlatformModule } from './platform/platform.module.js';

/** The hub's table of contents. */
@Module({})
export class HubModule {
  static forRoot(config: HubConfig, secretKey: Buffer, logger: Logger): DynamicModule {
    return {
      module: HubModule,
      imports: [
        PlatformModule.forRoot(config, logger),
        DatabaseModule.forRoot({ url: config.DATABASE_URL, poolSize: config.FLOTILLA_POOL_SIZE }),
        ChangeFeedModule,
        AuditModule,
        JobsModule.forRoot({ databaseUrl: config.DATABASE_URL }),
        OutboxModule,
        SecretsModule.forRoot(secretKey),
        FleetRepoGitModule.forRoot({ outboundAllow: config.FLOTILLA_OUTBOUND_ALLOW, cacheDirectory: '' }),
      ],
      controllers: [HealthController],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
      ],
    };
  }
}

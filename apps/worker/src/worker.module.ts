import { readFileSync } from 'node:fs';
import { type DynamicModule, Module } from '@nestjs/common';
import { DatabaseModule } from '@flotilla/database';
import { AgentsModule } from '@flotilla/fleet/agents';
import { AuditModule } from '@flotilla/fleet/audit';
import { ChangeFeedModule } from '@flotilla/fleet/change-feed';
import { ClustersModule } from '@flotilla/fleet/clusters';
import { FleetRepoGitModule } from '@flotilla/fleet/fleet-repos';
import { OperationsModule } from '@flotilla/fleet/operations';
import { OutboxModule } from '@flotilla/fleet/outbox';
import { PlatformModule } from '@flotilla/fleet/platform';
import { SecretsModule } from '@flotilla/fleet/secrets';
import { JobsModule } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import { FleetReposWorkerModule } from './fleet-repos/fleet-repos.worker.module.js';
import { BootstrapWorkerModule } from './bootstrap/bootstrap.worker.module.js';
import { ContentWorkerModule } from './content/content.worker.module.js';
import { HistoryWorkerModule } from './history/history.worker.module.js';
import { HooksWorkerModule } from './hooks/hooks.worker.module.js';
import { AlertsWorkerModule } from './alerts/alerts.worker.module.js';
import { ReleasesWorkerModule } from './releases/releases.worker.module.js';
import { RollbacksWorkerModule } from './rollbacks/rollbacks.worker.module.js';
import type { WorkerConfig } from './worker.config.js';

/** The worker's table of contents. */
@Module({})
export class WorkerModule {
  static forRoot(config: WorkerConfig, secretKey: Buffer, logger: Logger): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        PlatformModule.forRoot({ outboundAllow: config.FLOTILLA_OUTBOUND_ALLOW, logger }),
        DatabaseModule.forRoot({ url: config.DATABASE_URL, poolSize: config.FLOTILLA_POOL_SIZE }),
        ChangeFeedModule,
        AuditModule,
        JobsModule.forRoot({ databaseUrl: config.DATABASE_URL }),
        OutboxModule,
        SecretsModule.forRoot(secretKey),
        FleetRepoGitModule.forRoot({ cacheDirectory: config.FLOTILLA_CACHE_DIR }),
        ClustersModule,
        AgentsModule.forRoot({
          publicUrl: config.FLOTILLA_PUBLIC_URL.replace(/\/+$/, ''),
          agentImage: config.FLOTILLA_AGENT_IMAGE,
          hubCa: config.FLOTILLA_HUB_CA_FILE ? readFileSync(config.FLOTILLA_HUB_CA_FILE, 'utf8') : null,
        }),
        OperationsModule,
        HistoryWorkerModule,
        RollbacksWorkerModule,
        ReleasesWorkerModule,
        AlertsWorkerModule.forRoot({ externalUrl: config.FLOTILLA_PUBLIC_URL.replace(/\/+$/, '') }),
        FleetReposWorkerModule,
        ContentWorkerModule,
        HooksWorkerModule,
        BootstrapWorkerModule.forRoot({ agentImage: config.FLOTILLA_AGENT_IMAGE }),
      ],
    };
  }
}

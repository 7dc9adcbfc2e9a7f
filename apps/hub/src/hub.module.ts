import { readFileSync } from 'node:fs';
import { type DynamicModule, Module, StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { DatabaseModule } from '@flotilla/database';
import { AccessModule } from '@flotilla/fleet/access';
import { AgentsModule } from '@flotilla/fleet/agents';
import { AuditModule } from '@flotilla/fleet/audit';
import { ChangeFeedModule } from '@flotilla/fleet/change-feed';
import { SecretsModule } from '@flotilla/fleet/secrets';
import { FleetRepoGitModule } from '@flotilla/fleet/fleet-repos';
import { OutboxModule } from '@flotilla/fleet/outbox';
import { PlatformModule } from '@flotilla/fleet/platform';
import { JobsModule } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import { AuditHttpModule } from './audit/audit.http.module.js';
import { BootstrapHttpModule } from './bootstrap/bootstrap.http.module.js';
import { ContentHttpModule } from './content/content.http.module.js';
import { DistributionsHttpModule } from './distributions/distributions.http.module.js';
import { OperationsHttpModule } from './operations/operations.http.module.js';
import { ClustersHttpModule } from './clusters/clusters.http.module.js';
import { EnrolmentHttpModule } from './enrolment/enrolment.http.module.js';
import { FleetReposHttpModule } from './fleet-repos/fleet-repos.http.module.js';
import { type HubConfig, publicUrl } from './hub.config.js';
import { AccessHttpModule } from './access/access.http.module.js';
import { AgentsHttpModule } from './agents/agents.http.module.js';
import { CommandsHttpModule } from './commands/commands.http.module.js';
import { RevisionsHttpModule } from './revisions/revisions.http.module.js';
import { EventsHttpModule } from './events/events.http.module.js';
import { ExplainHttpModule } from './explain/explain.http.module.js';
import { FleetHttpModule } from './fleet/fleet.http.module.js';
import { LedgerHttpModule } from './ledger/ledger.http.module.js';
import { ObjectsHttpModule } from './objects/objects.http.module.js';
import { AuthGuard } from './platform/auth/auth.guard.js';
import { ProblemDocsController } from './platform/errors/problem-docs.controller.js';
import { ProblemFilter } from './platform/errors/problem.filter.js';
import { HealthController } from './platform/health/health.controller.js';
import { createValidationPipe } from './platform/http/validation.pipe.js';
import { IdempotencyInterceptor } from './platform/idempotency/idempotency.interceptor.js';
import { OpenApiController } from './platform/openapi/openapi.controller.js';
import { OpenApiDocument } from './platform/openapi/openapi-document.js';
import { RollbacksHttpModule } from './rollbacks/rollbacks.http.module.js';
import { AlertsHttpModule } from './alerts/alerts.http.module.js';
import { HooksHttpModule } from './hooks/hooks.http.module.js';
import { RoutesHttpModule } from './routes/routes.http.module.js';

/** The hub's table of contents. */
@Module({})
export class HubModule {
  static forRoot(config: HubConfig, secretKey: Buffer, logger: Logger): DynamicModule {
    return {
      module: HubModule,
      imports: [
        PlatformModule.forRoot({ outboundAllow: config.FLOTILLA_OUTBOUND_ALLOW, logger }),
        DatabaseModule.forRoot({ url: config.DATABASE_URL, poolSize: config.FLOTILLA_POOL_SIZE }),
        ChangeFeedModule,
        AuditModule,
        JobsModule.forRoot({ databaseUrl: config.DATABASE_URL }),
        OutboxModule,
        SecretsModule.forRoot(secretKey),
        FleetRepoGitModule.forRoot({ cacheDirectory: '' }),
        AccessModule.forRoot({ adminPassword: config.FLOTILLA_ADMIN_PASSWORD, adminToken: config.FLOTILLA_ADMIN_TOKEN }),
        AccessHttpModule.forRoot({ publicUrl: publicUrl(config) }),
        ClustersHttpModule,
        AgentsModule.forRoot({
          publicUrl: publicUrl(config),
          agentImage: config.FLOTILLA_AGENT_IMAGE,
          hubCa: config.FLOTILLA_HUB_CA_FILE ? readFileSync(config.FLOTILLA_HUB_CA_FILE, 'utf8') : null,
        }),
        EnrolmentHttpModule,
        OperationsHttpModule,
        DistributionsHttpModule,
        ContentHttpModule,
        BootstrapHttpModule,
        CommandsHttpModule,
        RollbacksHttpModule,
        AlertsHttpModule,
        HooksHttpModule.forRoot({ publicUrl: publicUrl(config) }),
        RoutesHttpModule.forRoot({ externalUrl: publicUrl(config) }),
        FleetReposHttpModule,
        RevisionsHttpModule,
        AuditHttpModule,
        AgentsHttpModule,
        ObjectsHttpModule,
        LedgerHttpModule,
        ExplainHttpModule,
        FleetHttpModule,
        EventsHttpModule,
      ],
      controllers: [HealthController, OpenApiController, ProblemDocsController],
      providers: [
        OpenApiDocument,
        IdempotencyInterceptor,
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: createValidationPipe },
        // the first is the outermost: what is stored for a replay is what was sent
        { provide: APP_INTERCEPTOR, useExisting: IdempotencyInterceptor },
        { provide: APP_INTERCEPTOR, useFactory: (reflector: Reflector) => new StandardSchemaSerializerInterceptor(reflector), inject: [Reflector] },
      ],
    };
  }
}

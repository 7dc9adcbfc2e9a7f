import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FlotillaError } from '@flotilla/contracts';
import type { Database } from '@flotilla/database';
import { DatabaseModule, newId } from '@flotilla/database';
import { AgentAuthority, type VerifiedAgent } from '@flotilla/fleet/agents';
import { AuditModule } from '@flotilla/fleet/audit';
import { ClustersModule } from '@flotilla/fleet/clusters';
import { ChangeFeedModule } from '@flotilla/fleet/change-feed';
import { silentLogger } from '@flotilla/observability';
import { AgentsHttpModule } from '../../apps/hub/src/agents/agents.http.module.js';

/** Takes `<cluster id>.<incarnation>` for an assertion. */
class TrustingAuthority extends AgentAuthority {
  override async verify(assertion: string): Promise<VerifiedAgent> {
    const [clusterId = '', incarnation = ''] = assertion.split('.');
    if (!/^\d+$/.test(incarnation)) throw new FlotillaError('assertion-invalid', 'not an assertion');
    return Promise.resolve({ clusterId, incarnation: Number(incarnation), readOnly: false });
  }
  override async commandKeys(): Promise<unknown> {
    return Promise.resolve({ keys: [] });
  }
  override async signCommand(claims: object): Promise<string> {
    return Promise.resolve(JSON.stringify(claims));
  }
}

/** A replica that is nothing but the agent gateway, on a database. */
export async function startGatewayHub(url: string): Promise<{ app: NestExpressApplication; url: string }> {
  @Global()
  @Module({
    providers: [
      { provide: AgentAuthority, useClass: TrustingAuthority },
      { provide: 'LOGGER', useValue: silentLogger() },
    ],
    exports: [AgentAuthority, 'LOGGER'],
  })
  class PlatformModule {}
  @Module({ imports: [PlatformModule, DatabaseModule.forRoot({ url, poolSize: 6 }), ChangeFeedModule, AuditModule, ClustersModule, AgentsHttpModule] })
  class GatewayHubModule {}
  const app = await NestFactory.create<NestExpressApplication>(GatewayHubModule, { logger: ['error', 'warn'], abortOnError: false });
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

/** A cluster in the database; gives its id. */
export async function addCluster(database: Database, name: string, labels: Record<string, string> = {}): Promise<string> {
  const id = newId();
  await database.pool.query('insert into cluster (id, name, labels) values ($1, $2, $3)', [id, name, labels]);
  return id;
}

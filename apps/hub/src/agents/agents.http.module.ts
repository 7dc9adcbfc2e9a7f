import { Module } from '@nestjs/common';
import { StreamModule } from '@flotilla/fleet/agents';
import { AgentGateway } from './agent.gateway.js';

/** The agent gateway. Needs an `AgentAuthority`. */
@Module({ imports: [StreamModule], providers: [AgentGateway], exports: [AgentGateway] })
export class AgentsHttpModule {}

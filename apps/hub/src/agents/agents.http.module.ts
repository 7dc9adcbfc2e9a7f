import { Module } from '@nestjs/common';
import { StreamModule } from '@flotilla/fleet/agents';
import { AlertSink } from '@flotilla/fleet/alerts';
import { CommandsModule } from '@flotilla/fleet/commands';
import { ReleaseSink } from '@flotilla/fleet/releases';
import { AgentGateway } from './agent.gateway.js';
import { AgentSessions } from './agent-sessions.js';
import { CommandDelivery } from './command-delivery.js';
import { SessionServices } from './session-services.js';

/** The agent gateway and the delivery of commands. Needs an `AgentAuthority`. */
@Module({
  imports: [StreamModule.forRoot({ sinks: [AlertSink, ReleaseSink] }), CommandsModule],
  providers: [SessionServices, AgentSessions, CommandDelivery, AgentGateway],
})
export class AgentsHttpModule {}

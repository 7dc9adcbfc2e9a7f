import { type DynamicModule, Module } from '@nestjs/common';
import { AgentAssertions } from './agent-assertions.js';
import { AgentAuthority } from './agent-authority.js';
import { AGENTS_OPTIONS, type AgentsOptions } from './agents.options.js';
import { AgentsService } from './agents.service.js';
import { CommandKeys } from './command-keys.js';
import { EnrolledAgentAuthority } from './enrolled-agent-authority.js';
import { Enrolment } from './enrolment.service.js';
import { JoinTokens } from './join-tokens.service.js';

/** Joining and recognising agents; needs the clusters module and the provider `LOGGER`. */
@Module({})
export class AgentsModule {
  static forRoot(options: AgentsOptions): DynamicModule {
    const services = [CommandKeys, AgentAssertions, JoinTokens, Enrolment, AgentsService];
    return {
      module: AgentsModule,
      global: true,
      providers: [{ provide: AGENTS_OPTIONS, useValue: options }, { provide: AgentAuthority, useClass: EnrolledAgentAuthority }, ...services],
      exports: [...services, AgentAuthority, AGENTS_OPTIONS],
    };
  }
}

import { Injectable } from '@nestjs/common';
import type { CommandClaims } from '@flotilla/contracts';
import { AgentAssertions } from './agent-assertions.js';
import { AgentAuthority, type VerifiedAgent } from './agent-authority.js';
import { CommandKeys } from './command-keys.js';

/** The authority over agents that joined this hub. */
@Injectable()
export class EnrolledAgentAuthority extends AgentAuthority {
  constructor(
    private readonly assertions: AgentAssertions,
    private readonly keys: CommandKeys,
  ) {
    super();
  }

  override verify(assertion: string): Promise<VerifiedAgent> {
    return this.assertions.verify(assertion);
  }

  override commandKeys(): Promise<unknown> {
    return this.keys.jwks();
  }

  override signCommand(claims: CommandClaims): Promise<string> {
    return this.keys.sign(claims);
  }
}

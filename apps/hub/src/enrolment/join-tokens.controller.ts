import { Body, Controller, Param, Post } from '@nestjs/common';
import { createJoinTokenRequest, type JoinTokenResponse, joinTokenResponse } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { AgentsService, JoinTokens } from '@flotilla/fleet/agents';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns, ReturnsNothing } from '../platform/http/returns.decorator.js';

/** Letting an agent in, and shutting it out. */
@Controller('clusters/:cluster')
export class JoinTokensController {
  constructor(
    private readonly tokens: JoinTokens,
    private readonly agents: AgentsService,
  ) {}

  /** Makes a join token: one use, for this cluster, expiring. Shown once. Errors: `not-found`, `forbidden`. */
  @Post('join-tokens')
  @RequirePermission('join-tokens:create')
  @Returns(joinTokenResponse, { status: 201 })
  create(
    @Param('cluster') cluster: string,
    @Body({ schema: createJoinTokenRequest }) body: z.infer<typeof createJoinTokenRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<JoinTokenResponse> {
    return this.tokens.create(cluster, body, principal);
  }

  /** Revokes the cluster's agent and closes its connection. Errors: `not-found`, `forbidden`. */
  @Post('agents/revoke')
  @RequirePermission('agents:revoke')
  @ReturnsNothing()
  revoke(@Param('cluster') cluster: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.agents.revoke(cluster, principal);
  }
}

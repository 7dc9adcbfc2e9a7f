import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  commandResponse,
  type CommandResponse,
  commandsPage,
  type CreateCommandRequest,
  createCommandRequest,
  id,
  type Page,
  type PageQuery,
  pageQuery,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { Commands } from '@flotilla/fleet/commands';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Commands to agents: reconcile, suspend, resume. */
@Controller()
export class CommandsController {
  constructor(private readonly commands: Commands) {}

  /** Orders it of the agent; 202, the outcome is told by `GET /commands/{id}`. Errors: `not-found`, `read-only-agent`, `conflict`. */
  @Post('clusters/:cluster/commands')
  @RequirePermission('objects:operate')
  @Returns(commandResponse, { status: 202 })
  create(
    @Param('cluster') cluster: string,
    @Body({ schema: createCommandRequest }) body: CreateCommandRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<CommandResponse> {
    const { type, object, withSource, ttlSeconds } = body;
    const order = type === 'reconcile' ? { type, object, withSource, requestedAt: new Date().toISOString() } : { type, object };
    return this.commands.create(principal, { clusterId: cluster, arguments: order, ttlSeconds });
  }

  /** Commands of a cluster, newest first. Errors: `not-found`. */
  @Get('clusters/:cluster/commands')
  @RequirePermission('objects:read')
  @Returns(commandsPage)
  list(
    @Param('cluster') cluster: string,
    @Query({ schema: pageQuery }) page: PageQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<CommandResponse>> {
    return this.commands.list(principal, cluster, page);
  }

  /** One command: its state and the agent's answer. Errors: `not-found`. */
  @Get('commands/:id')
  @RequirePermission('objects:read')
  @Returns(commandResponse)
  get(@Param('id', { schema: id }) commandId: string, @CurrentPrincipal() principal: Principal): Promise<CommandResponse> {
    return this.commands.get(principal, commandId);
  }
}

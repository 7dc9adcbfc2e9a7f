import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  id,
  type Page,
  rollbackPreviewRequest,
  rollbackPreviewResponse,
  type RollbackPreviewResponse,
  rollbackResponse,
  type RollbackResponse,
  rollbacksPage,
  rollbacksQuery,
  startRollbackRequest,
  type StartRollbackRequest,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { RollbacksService } from '@flotilla/fleet/rollbacks';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Rolling clusters back to a Git revision; a rollback stays open until it is lifted. */
@Controller('rollbacks')
export class RollbacksController {
  constructor(private readonly rollbacks: RollbacksService) {}

  /** Rollbacks of clusters in scope, newest first; `open=true`: those not lifted. */
  @Get()
  @RequirePermission('rollbacks:read')
  @Returns(rollbacksPage)
  list(@Query({ schema: rollbacksQuery }) query: z.infer<typeof rollbacksQuery>, @CurrentPrincipal() principal: Principal): Promise<Page<RollbackResponse>> {
    return this.rollbacks.list(principal, query);
  }

  /** What a rollback would change, delete and take at worst, per cluster; nothing is written. Errors: `revision-unknown`, `selector-invalid`, `nothing-to-do`. */
  @Post('preview')
  @RequirePermission('rollbacks:read')
  @Returns(rollbackPreviewResponse)
  preview(
    @Body({ schema: rollbackPreviewRequest }) body: z.infer<typeof rollbackPreviewRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RollbackPreviewResponse> {
    return this.rollbacks.preview(principal, body);
  }

  /** Starts one; carried out by the worker. Errors: `revision-unknown`, `deletion-budget`, `source-not-controlled`, `nothing-to-do`. */
  @Post()
  @RequirePermission('rollbacks:start')
  @Returns(rollbackResponse, { status: 202 })
  start(@Body({ schema: startRollbackRequest }) body: StartRollbackRequest, @CurrentPrincipal() principal: Principal): Promise<RollbackResponse> {
    return this.rollbacks.start(principal, body);
  }

  /** One rollback with how far each cluster is. Errors: `not-found`. */
  @Get(':id')
  @RequirePermission('rollbacks:read')
  @Returns(rollbackResponse)
  get(@Param('id', { schema: id }) rollbackId: string, @CurrentPrincipal() principal: Principal): Promise<RollbackResponse> {
    return this.rollbacks.get(principal, rollbackId);
  }

  /** Returns its clusters to their branch. Errors: `not-found`, `forbidden` when some of its clusters are out of scope. */
  @Post(':id/lift')
  @RequirePermission('rollbacks:start')
  @Returns(rollbackResponse, { status: 202 })
  lift(@Param('id', { schema: id }) rollbackId: string, @CurrentPrincipal() principal: Principal): Promise<RollbackResponse> {
    return this.rollbacks.lift(principal, rollbackId);
  }
}

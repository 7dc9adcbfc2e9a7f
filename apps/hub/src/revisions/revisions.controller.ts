import { Controller, Get, Param, Query } from '@nestjs/common';
import { type CommitResponse, commitResponse, commitSha, commitsPage, type Page, revisionsQuery } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { RevisionsReadModel } from '@flotilla/fleet/revisions';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Commits of the fleet repos and their way through the fleet. */
@Controller('fleet/revisions')
export class RevisionsController {
  constructor(private readonly revisions: RevisionsReadModel) {}

  /** Commits newest first, each with how many of the clusters in scope run it. Errors: `cursor-invalid`. */
  @Get()
  @RequirePermission('fleet-repos:read')
  @Returns(commitsPage)
  list(@Query({ schema: revisionsQuery }) query: z.infer<typeof revisionsQuery>, @CurrentPrincipal() principal: Principal): Promise<Page<CommitResponse>> {
    return this.revisions.list(query, principal);
  }

  /** One commit, with the clusters whose paths it touches. Errors: `revision-unknown`. */
  @Get(':sha')
  @RequirePermission('fleet-repos:read')
  @Returns(commitResponse)
  get(@Param('sha', { schema: commitSha }) sha: string, @CurrentPrincipal() principal: Principal): Promise<CommitResponse> {
    return this.revisions.get(sha, principal);
  }
}

import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  createFleetRepoRequest,
  type CreateFleetRepoRequest,
  type FleetRepoResponse,
  fleetRepoResponse,
  fleetReposPage,
  fleetReposQuery,
  id,
  type Page,
  type PageQuery,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { FleetReposService } from '@flotilla/fleet/fleet-repos';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Fleet repos. */
@Controller('fleet-repos')
export class FleetReposController {
  constructor(private readonly repos: FleetReposService) {}

  /** Registers a repository that can be reached. Errors: `git-url-invalid`, `outbound-blocked`, `git-unreachable`, `git-auth-failed`, `git-not-found`, `already-exists`. */
  @Post()
  @RequirePermission('fleet-repos:write')
  @Returns(fleetRepoResponse, { status: 201 })
  create(@Body({ schema: createFleetRepoRequest }) body: CreateFleetRepoRequest, @CurrentPrincipal() principal: Principal): Promise<FleetRepoResponse> {
    return this.repos.create(body, principal);
  }

  /** Fleet repos by name, with the head of each as mirrored. */
  @Get()
  @RequirePermission('fleet-repos:read')
  @Returns(fleetReposPage)
  list(@Query({ schema: fleetReposQuery }) page: PageQuery): Promise<Page<FleetRepoResponse>> {
    return this.repos.list(page);
  }

  /** One fleet repo. Errors: `not-found`. */
  @Get(':id')
  @RequirePermission('fleet-repos:read')
  @Returns(fleetRepoResponse)
  get(@Param('id', { schema: id }) repoId: string): Promise<FleetRepoResponse> {
    return this.repos.get(repoId);
  }

  /** Has the mirror brought to the head of the branch now instead of within a minute. Errors: `not-found`. */
  @Post(':id/refresh')
  @RequirePermission('fleet-repos:write')
  @Returns(fleetRepoResponse, { status: 202 })
  refresh(@Param('id', { schema: id }) repoId: string, @CurrentPrincipal() principal: Principal): Promise<FleetRepoResponse> {
    return this.repos.refresh(repoId, principal);
  }
}

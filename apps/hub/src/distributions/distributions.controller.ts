import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import {
  type DistributionResponse,
  distributionResponse,
  distributionsPage,
  importDistributionRequest,
  type Page,
  type PageQuery,
  pageQuery,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { Distributions } from '@flotilla/fleet/distributions';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Flux releases that a bootstrap installs. */
@Controller('distributions')
export class DistributionsController {
  constructor(private readonly distributions: Distributions) {}

  /** Imports what `flux install --export` prints, with its SHA-256. Errors: `distribution-digest-mismatch`, `distribution-invalid`, `body-too-large`. */
  @Post()
  @RequirePermission('distributions:write')
  @Returns(distributionResponse, { status: 201 })
  import(
    @Body({ schema: importDistributionRequest }) body: z.infer<typeof importDistributionRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<DistributionResponse> {
    return this.distributions.import(body, principal);
  }

  /** Distributions, newest import first. */
  @Get()
  @RequirePermission('distributions:read')
  @Returns(distributionsPage)
  list(@Query({ schema: pageQuery }) page: PageQuery): Promise<Page<DistributionResponse>> {
    return this.distributions.list(page);
  }
}

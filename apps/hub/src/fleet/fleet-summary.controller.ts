import { Controller, Get } from '@nestjs/common';
import { fleetSummary, type FleetSummary } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { FleetSummaryReadModel } from '@flotilla/fleet/objects';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

@Controller('fleet/summary')
export class FleetSummaryController {
  constructor(private readonly fleet: FleetSummaryReadModel) {}

  /** Clusters in scope by state and by revision, with open rollbacks and firing alerts. */
  @Get()
  @RequirePermission('clusters:read')
  @Returns(fleetSummary)
  summary(@CurrentPrincipal() principal: Principal): Promise<FleetSummary> {
    return this.fleet.summary(principal);
  }
}

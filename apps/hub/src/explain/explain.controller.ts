import { Controller, Get, Param, Query } from '@nestjs/common';
import { explainQuery, explainResponse, type ExplainResponse } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { ExplainService } from '@flotilla/fleet/explain';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

@Controller('clusters/:cluster/explain')
export class ExplainController {
  constructor(private readonly explanations: ExplainService) {}

  /** Why the cluster is not at `revision` (in full, a commit id, or its first 7 digits or more): reasons in order, each with a remedy. Errors: `not-found`, `revision-unknown`. */
  @Get()
  @RequirePermission('objects:read')
  @Returns(explainResponse)
  explain(
    @Param('cluster') cluster: string,
    @Query({ schema: explainQuery }) query: { revision: string },
    @CurrentPrincipal() principal: Principal,
  ): Promise<ExplainResponse> {
    return this.explanations.explain(cluster, query.revision, principal);
  }
}

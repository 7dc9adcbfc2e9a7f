import { Body, Controller, Param, Post } from '@nestjs/common';
import { commitContentRequest, type OperationResponse, operationResponse } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { ClusterContent } from '@flotilla/fleet/content';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Files below a cluster's path. */
@Controller('clusters/:cluster/content')
export class ContentController {
  constructor(private readonly content: ClusterContent) {}

  /** Commits files below the cluster's path, in one commit; the answer is its operation. Errors: `not-found`, `forbidden`, `path-invalid`, `manifest-invalid`, `conflict`. */
  @Post()
  @RequirePermission('content:commit')
  @Returns(operationResponse, { status: 202 })
  commit(
    @Param('cluster') cluster: string,
    @Body({ schema: commitContentRequest }) body: z.infer<typeof commitContentRequest>,
    @CurrentPrincipal() principal: Principal,
  ): Promise<OperationResponse> {
    return this.content.commit(cluster, body, principal);
  }
}

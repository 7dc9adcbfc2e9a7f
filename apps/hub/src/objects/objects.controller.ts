import { Controller, Get, Param, Query } from '@nestjs/common';
import { type ObjectResponse, objectsPage, objectsQuery, type Page } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { ClustersReadModel } from '@flotilla/fleet/clusters';
import { ObjectsReadModel, type ObjectsQuery } from '@flotilla/fleet/objects';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Flux objects as the agents report them. */
@Controller()
export class ObjectsController {
  constructor(
    private readonly objects: ObjectsReadModel,
    private readonly clusters: ClustersReadModel,
  ) {}

  /** Objects of all clusters in scope; `state=unknown` are those of silent clusters. Errors: `selector-invalid`, `cursor-invalid`. */
  @Get('objects')
  @RequirePermission('objects:read')
  @Returns(objectsPage)
  list(@Query({ schema: objectsQuery }) query: ObjectsQuery, @CurrentPrincipal() principal: Principal): Promise<Page<ObjectResponse>> {
    return this.objects.list(query, principal);
  }

  /** Objects of one cluster. Errors: `not-found`, `cursor-invalid`. */
  @Get('clusters/:cluster/objects')
  @RequirePermission('objects:read')
  @Returns(objectsPage)
  async listOfCluster(
    @Param('cluster') cluster: string,
    @Query({ schema: objectsQuery }) query: ObjectsQuery,
    @CurrentPrincipal() principal: Principal,
  ): Promise<Page<ObjectResponse>> {
    const { id } = await this.clusters.find(cluster, principal, 'objects:read');
    return this.objects.list(query, principal, id);
  }
}

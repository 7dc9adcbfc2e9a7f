import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import {
  type ClusterResponse,
  clusterResponse,
  clustersPage,
  clustersQuery,
  createClusterRequest,
  type CreateClusterRequest,
  type Page,
  updateClusterRequest,
  type UpdateClusterRequest,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { ClustersReadModel, ClustersService } from '@flotilla/fleet/clusters';
import type { z } from 'zod';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns, ReturnsNothing } from '../platform/http/returns.decorator.js';

/** Clusters; in paths a cluster is named by its name or its id. */
@Controller('clusters')
export class ClustersController {
  constructor(
    private readonly clusters: ClustersService,
    private readonly readModel: ClustersReadModel,
  ) {}

  /** Registers a cluster. Errors: `already-exists`, `path-invalid`, `path-overlaps`, `not-found` (fleet repo). */
  @Post()
  @RequirePermission('clusters:create')
  @Returns(clusterResponse, { status: 201 })
  create(@Body({ schema: createClusterRequest }) body: CreateClusterRequest, @CurrentPrincipal() principal: Principal): Promise<ClusterResponse> {
    return this.clusters.create(body, principal);
  }

  /** Clusters in scope by name, filtered by label `selector`, `name` and `state`. Errors: `selector-invalid`, `cursor-invalid`. */
  @Get()
  @RequirePermission('clusters:read')
  @Returns(clustersPage)
  list(@Query({ schema: clustersQuery }) query: z.infer<typeof clustersQuery>, @CurrentPrincipal() principal: Principal): Promise<Page<ClusterResponse>> {
    return this.readModel.list(query, principal);
  }

  /** One cluster. Errors: `not-found`. */
  @Get(':cluster')
  @RequirePermission('clusters:read')
  @Returns(clusterResponse)
  get(@Param('cluster') cluster: string, @CurrentPrincipal() principal: Principal): Promise<ClusterResponse> {
    return this.readModel.get(cluster, principal);
  }

  /** Changes labels or the path. Errors: `not-found`, `forbidden`, `path-invalid`, `path-overlaps`, `conflict`. */
  @Patch(':cluster')
  @RequirePermission('clusters:update')
  @Returns(clusterResponse)
  update(
    @Param('cluster') cluster: string,
    @Body({ schema: updateClusterRequest }) body: UpdateClusterRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ClusterResponse> {
    return this.clusters.update(cluster, body, principal);
  }

  /** Forgets the cluster; changes nothing in it. Errors: `not-found`, `forbidden`. */
  @Delete(':cluster')
  @RequirePermission('clusters:delete')
  @ReturnsNothing()
  forget(@Param('cluster') cluster: string, @CurrentPrincipal() principal: Principal): Promise<void> {
    return this.clusters.forget(cluster, principal);
  }
}

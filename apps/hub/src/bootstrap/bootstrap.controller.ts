import { Body, Controller, Param, Post } from '@nestjs/common';
import {
  type BootstrapRequest,
  bootstrapRequest,
  type ClusterCheckRequest,
  clusterCheckRequest,
  type ClusterCheckResponse,
  clusterCheckResponse,
  type OperationResponse,
  operationResponse,
} from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import { Bootstraps } from '@flotilla/fleet/bootstrap';
import { CurrentPrincipal, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { Returns } from '../platform/http/returns.decorator.js';

/** Bringing Flux into a cluster through a kubeconfig that is used for that alone. */
@Controller('clusters/:cluster')
export class BootstrapController {
  constructor(private readonly bootstraps: Bootstraps) {}

  /**
   * Starts, or after a failure goes on with, the bootstrap of a cluster; the answer is its operation. Errors: `kubeconfig-*`, `flag-unsupported`,
   * `distribution-missing`, `path-overlaps`, `git-url-invalid`, `outbound-blocked`, `bootstrap-running`, `conflict`.
   */
  @Post('bootstrap')
  @RequirePermission('bootstrap:start')
  @Returns(operationResponse, { status: 202 })
  start(
    @Param('cluster') cluster: string,
    @Body({ schema: bootstrapRequest }) body: BootstrapRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<OperationResponse> {
    return this.bootstraps.start(cluster, body, principal);
  }

  /** What `flux check` (with `pre`: `flux check --pre`) would say; writes nothing. Errors: `kubeconfig-*`, `kube-*`, `outbound-blocked`. */
  @Post('check')
  @RequirePermission('bootstrap:start')
  @Returns(clusterCheckResponse)
  check(
    @Param('cluster') cluster: string,
    @Body({ schema: clusterCheckRequest }) body: ClusterCheckRequest,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ClusterCheckResponse> {
    return this.bootstraps.check(cluster, body, principal);
  }
}

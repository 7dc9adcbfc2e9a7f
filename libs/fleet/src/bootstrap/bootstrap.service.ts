import { Inject, Injectable } from '@nestjs/common';
import { type BootstrapRequest, type ClusterCheckRequest, type ClusterCheckResponse, FlotillaError, type OperationResponse } from '@flotilla/contracts';
import { assertPathFree, parseFleetPath, type Principal, relatePaths, vetKubeconfig, workloadsPathDefault } from '@flotilla/domain';
import { KubeClient } from '@flotilla/kube';
import type { Outbound } from '@flotilla/outbound';
import { ClustersReadModel } from '../clusters/index.js';
import { Distributions } from '../distributions/index.js';
import { FleetRepoGit } from '../fleet-repos/index.js';
import type { BootstrapInput } from './bootstrap-context.js';
import { BootstrapRecords } from './bootstrap-records.js';
import { BootstrapRepository } from './bootstrap.repository.js';
import { checkCluster } from './check-cluster.js';

/** Flags of flux that would alter the components; the distribution is installed as it was imported. */
const unsupported = [
  'components',
  'componentsExtra',
  'registry',
  'tolerationKeys',
  'networkPolicy',
  'clusterDomain',
  'logLevel',
  'watchAllNamespaces',
] as const;

/** Starting a bootstrap, and looking at a cluster through a kubeconfig. */
@Injectable()
export class Bootstraps {
  constructor(
    private readonly clusters: ClustersReadModel,
    private readonly paths: BootstrapRepository,
    private readonly records: BootstrapRecords,
    private readonly distributions: Distributions,
    private readonly fleetRepos: FleetRepoGit,
    @Inject('OUTBOUND') private readonly outbound: Outbound,
  ) {}

  /**
   * Checks everything that can be checked without touching cluster or repository, then hands the work to the worker. The kubeconfig is sealed for this
   * operation only. Started again after a failure it goes on where it stopped. Throws, with nothing written: `not-found`, `forbidden`, `conflict`, `flag-unsupported`,
   * `kubeconfig-*`, `path-*`, `git-url-invalid`, `outbound-blocked`, `distribution-missing`, `bootstrap-running`.
   */
  async start(nameOrId: string, request: BootstrapRequest, principal: Principal): Promise<OperationResponse> {
    const cluster = await this.clusters.find(nameOrId, principal, 'bootstrap:start');
    const flag = unsupported.find((name) => request[name] !== undefined);
    if (flag !== undefined)
      throw new FlotillaError(
        'flag-unsupported',
        `"${flag}" would alter the components, which are installed as the distribution has them; make a distribution with that flag ("flux install --export --…") and import it`,
      );
    const { kubeconfig, ...options } = request;
    const access = vetKubeconfig(kubeconfig);
    if (cluster.fleetRepoId === null || cluster.path === null)
      throw new FlotillaError('conflict', `cluster "${cluster.name}" has no fleet repo and path; set them first`);
    const repo = await this.fleetRepos.open(cluster.fleetRepoId);
    const others = await this.paths.otherPaths(repo.id, cluster.id);
    const path = assertPathFree(cluster.path, others);
    const workloadsPath = this.workloadsPath(options.workloadsPath, [...others, { name: cluster.name, path }]);
    const distribution = await this.distributions.find(options.distributionDigest);
    await this.outbound.resolve(new URL(access.server).hostname);
    await this.outbound.assertGitUrlAllowed(repo.url);

    const input: BootstrapInput = {
      clusterId: cluster.id,
      cluster: cluster.name,
      fleetRepoId: repo.id,
      path,
      workloadsPath,
      distributionDigest: distribution.digest,
      options,
    };
    const id = await this.records.create(cluster, input, kubeconfig, principal);
    return this.records.read(id, principal);
  }

  /** `flux check --pre` and `flux check` through a kubeconfig that is used once and not kept; writes nothing. */
  async check(nameOrId: string, request: ClusterCheckRequest, principal: Principal): Promise<ClusterCheckResponse> {
    await this.clusters.find(nameOrId, principal, 'bootstrap:start');
    const kube = new KubeClient(vetKubeconfig(request.kubeconfig), this.outbound);
    try {
      return await checkCluster(kube, { pre: request.pre });
    } finally {
      await kube.close();
    }
  }

  /** Workloads lie outside every cluster's path: a root would apply them a second time. */
  private workloadsPath(asked: string | undefined, clusters: readonly { name: string; path: string }[]): string {
    const path = parseFleetPath(asked ?? workloadsPathDefault);
    const within = clusters.find((other) => relatePaths(path, parseFleetPath(other.path)) !== 'disjoint');
    if (within)
      throw new FlotillaError(
        'path-overlaps',
        `the workloads' path "${path}" overlaps "${within.path}", the path of cluster "${within.name}"; choose a directory beside it`,
      );
    return path;
  }
}

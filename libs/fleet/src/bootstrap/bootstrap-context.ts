import type { BootstrapRequest } from '@flotilla/contracts';
import type { GitProvider } from '@flotilla/git';
import type { KubeClient } from '@flotilla/kube';
import type { Distribution } from '../distributions/index.js';
import type { OpenFleetRepo } from '../fleet-repos/index.js';

/** What a bootstrap was asked for, without the kubeconfig, which is sealed apart. */
export interface BootstrapInput {
  clusterId: string;
  cluster: string;
  fleetRepoId: string;
  /** as `parseFleetPath` gives it */
  path: string;
  workloadsPath: string;
  distributionDigest: string;
  options: Omit<BootstrapRequest, 'kubeconfig'>;
}

/** Facts the steps learned; kept in the operation, so never a secret. */
export interface BootstrapFacts {
  /** URL the cluster reads */
  syncUrl?: string;
  componentsSha?: string;
  syncSha?: string;
  scaffoldSha?: string;
  kubernetesVersion?: string;
  clusterUid?: string;
  /** public key a person must add to a plain Git server */
  publicKey?: string;
}

/** Everything the steps work with. */
export interface BootstrapContext {
  readonly input: BootstrapInput;
  /** when the bootstrap was asked for, by Postgres' clock */
  readonly startedAt: Date;
  facts: BootstrapFacts;
  readonly repo: OpenFleetRepo;
  readonly git: GitProvider;
  readonly kube: KubeClient;
  readonly distribution: Distribution;
}

/** Field manager of flux' own applies; sharing it means that flux finds its own fields. */
export const fluxFieldManager = 'flux';

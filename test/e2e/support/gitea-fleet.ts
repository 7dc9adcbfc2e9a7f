import type { RigCluster } from '../../rig/cluster.js';
import { exportDistribution } from '../../rig/flux.js';
import { GitWorkTree } from '../../rig/git-work-tree.js';
import type { Gitea } from '../../rig/gitea.js';
import { waitFor } from '../../rig/wait-for.js';
import type { Product } from './product.js';
import { Site } from './site.js';

const REPOSITORY = 'fleet';
const BRANCH = 'main';
const OPERATION_TIMEOUT_MS = 240_000;

/** A fleet repo in Gitea that a hub writes to and hears the pushes of, and a person's clone of it. */
export class GiteaFleet {
  /** Clone URL with the owner's credentials in it. */
  readonly cloneUrl: string;
  /** Page of the repository. */
  readonly pageUrl: string;
  readonly tree: GitWorkTree;
  private readonly product: Product;
  private readonly id: string;

  private constructor(product: Product, gitea: Gitea, tree: GitWorkTree, id: string) {
    this.product = product;
    this.cloneUrl = cloneUrlOf(gitea);
    this.pageUrl = gitea.httpUrl(REPOSITORY).replace(/\.git$/, '');
    this.tree = tree;
    this.id = id;
  }

  /** Imports the distribution of Flux, makes the repository with a first commit of `files`, tells the hub of it, which tells Gitea where pushes are heard. */
  static async create(product: Product, gitea: Gitea, files: Readonly<Record<string, string>>): Promise<GiteaFleet> {
    const { manifests: manifest, digest } = await exportDistribution();
    await product.api.distributions.import({ manifest, digest });
    await gitea.createRepository(REPOSITORY, { initialize: true });
    const tree = await GitWorkTree.clone(cloneUrlOf(gitea));
    await tree.commit('Start the apps', files);
    const { owner, token } = gitea;
    const { id } = await product.api.fleetRepos.create({
      ...{ name: REPOSITORY, provider: 'gitea', url: gitea.sshUrl(REPOSITORY), branch: BRANCH, apiUrl: `${gitea.url}/api/v1` },
      ...{ owner, repository: REPOSITORY, credentials: { token } },
    });
    const { operationId } = await product.api.hooks.create({ provider: 'gitea', fleetRepoId: id, install: true });
    const fleet = new GiteaFleet(product, gitea, tree, id);
    await fleet.untilSucceeded(operationId ?? '');
    return fleet;
  }

  /** Registers a cluster and lets the hub bootstrap it by a deploy key over SSH; gives the site once the operation has succeeded. */
  async bootstrap(cluster: RigCluster, labels: Readonly<Record<string, string>>): Promise<Site> {
    const { name, kubeconfig } = cluster;
    await cluster.startFlux();
    const agent = await this.product.hostAgent(cluster);
    await this.product.api.clusters.create({ name, labels: { ...labels }, fleetRepoId: this.id, path: `clusters/${name}` });
    const { id } = await this.product.api.clusters.bootstrap(name, { kubeconfig, authentication: 'ssh' });
    await this.untilSucceeded(id);
    return new Site(this.product, { name, cluster, agent, tree: this.tree, source: 'fleet', workload: 'workloads', pushHook: true });
  }

  private async untilSucceeded(id: string): Promise<void> {
    const operation = await waitFor(
      `operation ${id}`,
      async () => {
        const seen = await this.product.api.operations.get(id);
        if (['succeeded', 'failed', 'cancelled'].includes(seen.state)) return seen;
        throw new Error(`it is ${seen.state} at ${seen.steps.findLast(({ state }) => state !== 'pending')?.name ?? 'its start'}`);
      },
      { timeoutMs: OPERATION_TIMEOUT_MS, everyMs: 500 },
    );
    if (operation.state !== 'succeeded') throw new Error(`the bootstrap is ${operation.state}: ${operation.error?.message ?? 'no reason is given'}`);
  }
}

function cloneUrlOf(gitea: Gitea): string {
  return gitea.httpUrl(REPOSITORY).replace('://', `://${gitea.owner}:${gitea.token}@`);
}

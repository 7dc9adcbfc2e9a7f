import type { AgentHost } from '../../rig/agent-host.js';
import type { RigCluster } from '../../rig/cluster.js';
import { fluxOutput } from '../../rig/flux.js';
import type { GitWorkTree } from '../../rig/git-work-tree.js';
import { waitFor } from '../../rig/wait-for.js';
import type { Product } from './product.js';

/** Longest a cluster of the rig may take to show what was committed, on a busy machine. */
export const SYNC_TIMEOUT_MS = 180_000;

type SeenCluster = Awaited<ReturnType<Product['api']['clusters']['get']>>;

interface Deployment {
  readonly spec: { readonly template: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } };
}

/** One cluster of the product, the repository its workloads come from, and the names of the two Flux objects between them. */
export class Site {
  readonly name: string;
  readonly cluster: RigCluster;
  readonly agent: AgentHost;
  /** A person's clone of the repository. */
  readonly tree: GitWorkTree;
  /** The controlled GitRepository, in `flux-system`. */
  readonly source: string;
  /** The Kustomization that applies the workloads, in `flux-system`. */
  readonly workload: string;
  /** The forge tells the hub of pushes, which has the source look at Git. */
  readonly pushHook: boolean;
  private readonly product: Product;

  constructor(product: Product, parts: Pick<Site, 'name' | 'cluster' | 'agent' | 'tree' | 'source' | 'workload'> & { readonly pushHook?: boolean }) {
    this.product = product;
    this.pushHook = parts.pushHook ?? false;
    this.name = parts.name;
    this.cluster = parts.cluster;
    this.agent = parts.agent;
    this.tree = parts.tree;
    this.source = parts.source;
    this.workload = parts.workload;
  }

  /** The version of `web` (support/apps.ts) that the cluster is told to run. */
  async runningVersion(): Promise<string | undefined> {
    const web = await this.cluster.api.find<Deployment>('/apis/apps/v1/namespaces/default/deployments/web');
    return web?.spec.template.metadata.annotations?.['example.invalid/version'];
  }

  /** Waits until the cluster runs a version of `web`. */
  async untilRunning(version: string, everyMs = 300): Promise<void> {
    await waitFor(`${this.name} to run web ${version}`, async () => (await this.runningVersion()) === version, { timeoutMs: SYNC_TIMEOUT_MS, everyMs });
  }

  /** Has the source look at Git now, where no push hook does. */
  async nudge(): Promise<void> {
    if (this.pushHook) return;
    const args = ['reconcile', 'source', 'git', this.source, '--timeout=60s'];
    // right after a bootstrap the source is still on its way
    await waitFor(`${this.source} of ${this.name} to look at Git`, async () => (await fluxOutput(args, { cluster: this.cluster })) !== undefined, {
      timeoutMs: SYNC_TIMEOUT_MS,
      everyMs: 1_000,
    });
  }

  /** Waits until the hub shows the cluster as meant. */
  async untilSeen(what: string, fits: (cluster: SeenCluster) => boolean): Promise<void> {
    await waitFor(
      `cluster ${this.name} to be ${what}`,
      async () => {
        const seen = await this.product.api.clusters.get(this.name);
        if (fits(seen)) return true;
        throw new Error(`it is ${seen.state} at ${seen.revision ?? 'no revision'}: ${seen.stateReason}`);
      },
      { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 500 },
    );
  }

  async untilReadyAt(sha: string): Promise<void> {
    await this.untilSeen(`ready at ${sha}`, ({ state, revision }) => state === 'ready' && revision === `main@sha1:${sha}`);
  }

  /** Reasons the hub gives for the cluster not being at a commit. */
  async reasonsNotAt(sha: string) {
    const { at, reasons } = await this.product.api.clusters.explain(this.name, `main@sha1:${sha}`);
    if (at) throw new Error(`the hub says that ${this.name} is at ${sha}`);
    return reasons;
  }
}

/** Watches what a site runs, every 0.3 s, until it is stopped. */
export class VersionSampler {
  private static readonly EVERY_MS = 300;
  private readonly seen = new Set<string | undefined>();
  private readonly timer: NodeJS.Timeout;
  private readonly pending = new Set<Promise<void>>();
  private failure: unknown;

  constructor(site: Site) {
    this.timer = setInterval(() => {
      const sample: Promise<void> = site
        .runningVersion()
        .then((version) => void this.seen.add(version))
        .catch((error: unknown) => void (this.failure ??= error))
        .finally(() => this.pending.delete(sample));
      this.pending.add(sample);
    }, VersionSampler.EVERY_MS);
  }

  /** Ends it and gives every version that was seen, in the order of their first sight; throws when a sample could not be taken. */
  async stop(): Promise<(string | undefined)[]> {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    if (this.failure !== undefined) throw this.failure;
    return [...this.seen];
  }
}

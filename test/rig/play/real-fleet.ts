import { failingDeployment, webDeployment, webSettings } from '../../e2e/support/apps.js';
import { GiteaFleet } from '../../e2e/support/gitea-fleet.js';
import { Product } from '../../e2e/support/product.js';
import type { Site } from '../../e2e/support/site.js';
import { startCluster, type RigCluster } from '../cluster.js';
import { Gitea } from '../gitea.js';
import { rigRun } from '../rig-run.js';

/** What the two clusters are called, and are in `env`. */
const CLUSTERS = ['staging', 'production'] as const;

/** What the fleet repo holds at first. `bad` is applied by nobody: it waits to be copied over `apps`. */
const FILES = {
  'apps/web.yaml': webDeployment('1'),
  'apps/settings.yaml': webSettings('blue'),
  'bad/web.yaml': failingDeployment('2'),
};

/** A part that runs on its own and is ended with the fleet. */
interface Part {
  assertRunning(): void;
  stop(): Promise<void>;
}

/** All that a person needs to play. */
export interface Playground {
  readonly product: Product;
  readonly gitea: Gitea;
  readonly fleet: GiteaFleet;
  readonly sites: readonly Site[];
  /** The commit that both clusters run. */
  readonly good: string;
}

export interface RealFleetOptions {
  readonly port: number;
  readonly adminPassword: string;
  /** Told each step, when it begins and when it is done. */
  readonly say: (line: string) => void;
}

/** A whole Flotilla with two real clusters that its hub has bootstrapped from one fleet repo in a real forge. Nothing of it outlives {@link stop}. */
export class RealFleet {
  private readonly options: RealFleetOptions;
  private readonly parts: Part[] = [];
  private ending = false;

  constructor(options: RealFleetOptions) {
    this.options = options;
  }

  /** Starts everything; after a failure, {@link stop} ends what there is. */
  async start(): Promise<Playground> {
    const { port, adminPassword } = this.options;
    const clustersStart = Promise.all(CLUSTERS.map((name) => this.part(`Kubernetes of ${name}`, () => startCluster({ name }))));
    const [product, gitea, clusters] = await Promise.all([
      this.part('Postgres, hub and worker', () => Product.start({ port, adminPassword })),
      this.part('Gitea', () => Gitea.start()),
      clustersStart,
    ]);
    const fleet = await this.step('fleet repo', () => createFleet(product, gitea));
    const bootstrap = (cluster: RigCluster) => this.step(`bootstrap of ${cluster.name} by the hub`, () => fleet.bootstrap(cluster, { env: cluster.name }));
    const sites = await Promise.all(clusters.map(bootstrap));
    const good = await this.step('both clusters ready at the same commit', () => untilReady(fleet, sites));
    return { product, gitea, fleet, sites, good };
  }

  /** Throws, with the end of its log, when a part has ended by itself. */
  assertRunning(): void {
    for (const part of this.parts) part.assertRunning();
  }

  /** Ends every process that was started, and removes all state. */
  async stop(): Promise<void> {
    this.ending = true;
    while (this.parts.length > 0) await Promise.allSettled(this.parts.splice(0).map((part) => part.stop()));
    // what was half started, or did not end
    await (await rigRun()).close();
  }

  private async part<T extends Part>(name: string, start: () => Promise<T>): Promise<T> {
    const part = await this.step(name, start);
    this.parts.push(part);
    return part;
  }

  private async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.ending) throw new Error(`${name}: not begun, as everything is being ended`);
    const { say } = this.options;
    say(`${name} …`);
    const started = Date.now();
    const result = await work();
    if (!this.ending) say(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return result;
  }
}

/** The fleet repo, with a clone in which a person without a name in Git's configuration can commit. */
async function createFleet(product: Product, gitea: Gitea): Promise<GiteaFleet> {
  const fleet = await GiteaFleet.create(product, gitea, FILES);
  await fleet.tree.git('config', 'user.name', 'You');
  await fleet.tree.git('config', 'user.email', 'you@example.invalid');
  return fleet;
}

/** Waits until all sites run the newest commit of the fleet repo, and gives it. */
async function untilReady({ tree }: GiteaFleet, sites: readonly Site[]): Promise<string> {
  await tree.pull();
  const head = (await tree.git('rev-parse', 'HEAD')).trim();
  await Promise.all(
    sites.map(async (site) => {
      // the bootstrap may end before Flux has applied the fleet source
      await site.untilSeen('at a commit', ({ revision }) => revision !== null);
      await site.nudge();
      await site.untilReadyAt(head);
    }),
  );
  return head;
}

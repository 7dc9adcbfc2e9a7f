import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirectoryIdentityStore, errorText, pause, runAgent, type AgentLogger, type AgentOptions, type KubeObject } from '@flotilla/agent-runtime';
import { fluxFilePaths, parseManifest, renderSync, type SyncOptions } from '@flotilla/domain';
import { PretendFlux, type PretendFluxTiming } from './flux/pretend-flux.js';
import { fluxKind, virtualKinds } from './kube/virtual-kinds.js';
import { VirtualKubeApi } from './kube/virtual-kube-api.js';
import type { GitMirror } from './repo/git-mirror.js';

/** Kubernetes and Flux the virtual clusters claim to be. */
const virtualVersions = { kubernetes: 'v1.36.3', flux: 'v2.9.4' } as const;
const controllers = ['source-controller', 'kustomize-controller', 'helm-controller', 'notification-controller'];
const saveEveryMs = 1000;

export interface VirtualClusterOptions {
  readonly name: string;
  /** directory of the cluster in the fleet repo */
  readonly path: string;
  readonly branch: string;
  readonly repo: GitMirror;
  /** identity and objects are kept here, so that a restart finds key, pins and suspensions again */
  readonly stateDirectory: string;
  readonly timing: PretendFluxTiming;
  readonly log: AgentLogger;
  readonly now?: () => Date;
}

/** What an agent in a virtual cluster is started with, besides what the cluster gives it. */
export type VirtualAgentOptions = Pick<AgentOptions, 'hubUrl' | 'hubCa' | 'joinToken' | 'expectedClusterId' | 'timing'>;

/** A cluster in memory: an API, a pretend Flux that follows the fleet repo, and the real agent. */
export class VirtualCluster {
  readonly api: VirtualKubeApi;
  private readonly flux: PretendFlux;
  private dirty = false;

  private constructor(private readonly options: VirtualClusterOptions) {
    const now = options.now ?? (() => new Date());
    this.api = new VirtualKubeApi({ kinds: Object.values(virtualKinds), version: virtualVersions.kubernetes, now });
    this.flux = new PretendFlux(this.api, options.repo, options.timing, options.log, now);
  }

  get name(): string {
    return this.options.name;
  }

  /** Makes the cluster, or takes up where it was stopped. */
  static async open(options: VirtualClusterOptions): Promise<VirtualCluster> {
    const cluster = new VirtualCluster(options);
    await mkdir(options.stateDirectory, { recursive: true, mode: 0o700 });
    const saved = await readFile(cluster.objectsFile, 'utf8').catch(() => undefined);
    if (saved === undefined) await cluster.install();
    else cluster.api.restore(saved);
    cluster.api.onChange(() => {
      cluster.dirty = true;
    });
    return cluster;
  }

  /** Whether the agent of this cluster has joined a hub before. */
  async hasJoined(): Promise<boolean> {
    return (await this.identityStore.read())['enrolment.json'] !== undefined;
  }

  /** The fleet repo has new commits or tags. */
  repoChanged(): void {
    this.flux.nudge();
  }

  /** Runs Flux until `signal` aborts. */
  async runFlux(signal: AbortSignal): Promise<void> {
    const saving = this.keepSaving(signal);
    await this.flux.run(signal);
    await saving;
  }

  /** Runs the agent until `signal` aborts. */
  runAgent(agent: VirtualAgentOptions, signal: AbortSignal): Promise<void> {
    const { log } = this.options;
    return runAgent({ ...agent, readOnly: false, agentVersion: '0.1.0', api: this.api, identityStore: this.identityStore, log }, signal);
  }

  /** What a bootstrap leaves behind: Flux, and the root source and Kustomization, which bring in everything else. */
  private async install(): Promise<void> {
    const by = { fieldManager: 'flux', force: true };
    this.api.applyNow(virtualKinds.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } }, by);
    for (const name of controllers) {
      const labels = { 'app.kubernetes.io/part-of': 'flux', 'app.kubernetes.io/version': virtualVersions.flux };
      this.api.applyNow(virtualKinds.Deployment, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'flux-system', labels } }, by);
    }
    for (const object of await this.rootObjects()) {
      const resource = fluxKind(object.kind);
      if (resource) this.api.applyNow(resource, object, by);
    }
  }

  private async rootObjects(): Promise<KubeObject[]> {
    const { branch, path, repo } = this.options;
    const head = await repo.resolve({ branch });
    const committed = head ? (await repo.snapshot(head.sha)).get(fluxFilePaths(path).sync) : undefined;
    const sync: SyncOptions = { url: repo.url, branch, path, interval: '1m0s' };
    return parseManifest(committed ?? renderSync(sync)) as unknown as KubeObject[];
  }

  private get objectsFile(): string {
    return join(this.options.stateDirectory, 'objects.json');
  }

  private get identityStore(): DirectoryIdentityStore {
    return new DirectoryIdentityStore(join(this.options.stateDirectory, 'identity'));
  }

  private async keepSaving(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(saveEveryMs, signal);
      if (!this.dirty) continue;
      this.dirty = false;
      try {
        await writeFile(`${this.objectsFile}.new`, this.api.save());
        await rename(`${this.objectsFile}.new`, this.objectsFile);
      } catch (error) {
        this.options.log.warn('saving a virtual cluster failed', { cluster: this.name, error: errorText(error) });
      }
    }
  }
}

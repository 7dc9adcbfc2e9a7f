import { errorText, pause, type AgentLogger, type KubeObject, type KubeResource } from '@flotilla/agent-runtime';
import { fluxKind, virtualKinds } from '../kube/virtual-kinds.js';
import type { VirtualKubeApi } from '../kube/virtual-kube-api.js';
import type { GitMirror } from '../repo/git-mirror.js';
import { buildManifests, BuildError } from './build-manifests.js';
import { conditionsOf, isReady } from './conditions.js';
import { isRequested, textOf } from './fields.js';
import { appliedStatus, checksHealth, failedStatus, failingStage, inventoryId, inventoryOf, progressingStatus } from './reconcile-kustomization.js';
import { releaseStatus } from './reconcile-release.js';
import { reconcileSource } from './reconcile-source.js';

/** Passes of one round: sources, then workloads, whose objects are sources and workloads again. */
const passesMax = 10;

export interface PretendFluxTiming {
  /** a health check that passes takes this long, one that fails gives up after `healthTimeoutMs` */
  readonly healthMs: number;
  readonly healthTimeoutMs: number;
}

interface HealthWait {
  /** what is waited for: another revision or generation starts anew */
  readonly of: string;
  readonly until: number;
}

/**
 * Reconciles the Flux objects of a virtual cluster the way Flux does, as far as status, conditions and revisions tell: sources follow the real
 * repository, Kustomizations apply a path of it, everything honours `suspend` and `requestedAt`. It runs no workload: health passes after a moment,
 * unless a manifest says that it fails.
 */
export class PretendFlux {
  private readonly health = new Map<string, HealthWait>();
  private again = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly api: VirtualKubeApi,
    private readonly repo: GitMirror,
    private readonly timing: PretendFluxTiming,
    private readonly log: AgentLogger,
    private readonly now: () => Date,
  ) {
    api.onChange(() => this.nudge());
  }

  /** Something changed: a round is due. */
  nudge(): void {
    this.again = true;
    this.wake();
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.again = false;
      try {
        await this.round();
      } catch (error) {
        this.log.warn('a round of the pretend Flux failed', { error: errorText(error) });
        await pause(1000, signal);
      }
      if (!this.again) await this.nextRound(signal);
    }
  }

  private async nextRound(signal: AbortSignal): Promise<void> {
    const next = Math.min(...[...this.health.values()].map(({ until }) => until));
    const stop = new AbortController();
    const due = Number.isFinite(next) ? Math.max(10, next - this.now().getTime()) : 60_000;
    const nudged = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    await Promise.race([nudged, pause(due, AbortSignal.any([signal, stop.signal]))]);
    stop.abort();
    this.wake = () => undefined;
  }

  private async round(): Promise<void> {
    for (let pass = 0; pass < passesMax; pass += 1) {
      this.again = false;
      for (const kind of ['GitRepository', 'OCIRepository', 'HelmRepository', 'Bucket'] as const) await this.reconcileSources(virtualKinds[kind]);
      for (const object of this.api.all(virtualKinds.Kustomization)) await this.reconcileKustomization(object);
      for (const object of this.api.all(virtualKinds.HelmRelease)) this.reconcileRelease(object);
      if (!this.again) return;
    }
  }

  private async reconcileSources(resource: KubeResource): Promise<void> {
    for (const object of this.api.all(resource)) {
      if (object.spec?.['suspend'] === true) continue;
      if (isRequested(object)) await this.repo.refresh();
      this.api.setStatus(resource, object, await reconcileSource(object, this.repo, this.now()));
    }
  }

  private async reconcileKustomization(object: KubeObject): Promise<void> {
    if (object.spec?.['suspend'] === true) return;
    const set = (status: Readonly<Record<string, unknown>>): void => void this.api.setStatus(virtualKinds.Kustomization, object, status);
    const own = object.metadata.namespace;
    const sourceName = textOf(object.spec, 'sourceRef', 'name') ?? '';
    const source = this.api.find(
      fluxKind(textOf(object.spec, 'sourceRef', 'kind') ?? '') ?? virtualKinds.GitRepository,
      textOf(object.spec, 'sourceRef', 'namespace') ?? own,
      sourceName,
    );
    const revision = textOf(source?.status, 'artifact', 'revision');
    if (revision === undefined) return set(failedStatus(object, 'ArtifactFailed', 'Source artifact not found, retrying in 30s', this.now()));

    const ready = conditionsOf(object).find(({ type }) => type === 'Ready');
    const attempted = textOf(object.status, 'lastAttemptedRevision') === revision && ready?.observedGeneration === object.metadata.generation;
    const key = `${own ?? ''}/${object.metadata.name}`;
    const blocked = ready?.reason === 'DependencyNotReady';
    if (attempted && !isRequested(object) && !this.health.has(key) && !blocked) return;

    const unready = this.unreadyDependency(object);
    if (unready !== undefined) return set(failedStatus(object, 'DependencyNotReady', `dependency '${unready}' is not ready`, this.now()));

    let manifests: KubeObject[];
    try {
      const snapshot = await this.repo.snapshot(revision.slice(revision.lastIndexOf(':') + 1));
      manifests = buildManifests(snapshot, textOf(object.spec, 'path') ?? './', variablesOf(object));
      const unbuildable = manifests.find((manifest) => failingStage(manifest) === 'build');
      if (unbuildable) throw new BuildError(`kustomize build failed: ${inventoryId(unbuildable)}: no such field`);
    } catch (error) {
      this.health.delete(key);
      const missing = error instanceof BuildError && error.message.startsWith('kustomization path not found');
      return set(failedStatus(object, missing ? 'ArtifactFailed' : 'BuildFailed', errorText(error), this.now(), revision));
    }
    const refused = manifests.find((manifest) => failingStage(manifest) === 'apply');
    if (refused) {
      this.health.delete(key);
      return set(
        failedStatus(
          object,
          'ReconciliationFailed',
          `${nameOf(refused)} dry-run failed (Invalid): ${nameOf(refused)} is invalid: spec: Invalid value`,
          this.now(),
          revision,
        ),
      );
    }
    const inventory = this.apply(object, manifests);
    if (!checksHealth(object)) return set(appliedStatus(object, revision, inventory, this.now()));
    this.checkHealth(object, key, revision, manifests, inventory);
  }

  private checkHealth(object: KubeObject, key: string, revision: string, manifests: readonly KubeObject[], inventory: readonly string[]): void {
    const ailing = manifests.filter((manifest) => failingStage(manifest) === 'health' && manifest.kind !== 'HelmRelease');
    const of = `${revision} ${object.metadata.generation ?? 0}`;
    const now = this.now();
    const waiting = this.health.get(key);
    // a newer revision cancels the wait for an older one, as the gate CancelHealthCheckOnNewRevision has it
    if (waiting?.of !== of) {
      const applied = textOf(object.status, 'lastAppliedRevision') === revision && ailing.length === 0;
      if (!applied) {
        this.health.set(key, { of, until: now.getTime() + (ailing.length > 0 ? this.timing.healthTimeoutMs : this.timing.healthMs) });
        this.api.setStatus(
          virtualKinds.Kustomization,
          object,
          progressingStatus(
            object,
            revision,
            inventory,
            `Running health checks for revision ${revision} with a timeout of ${textOf(object.spec, 'timeout') ?? '5m0s'}`,
            now,
          ),
        );
        return;
      }
    } else if (now.getTime() < waiting.until) return;
    this.health.delete(key);
    const status =
      ailing.length > 0
        ? failedStatus(
            object,
            'HealthCheckFailed',
            `timeout waiting for: [${ailing.map((manifest) => `${nameOf(manifest)} status: 'InProgress'`).join(', ')}]`,
            now,
            revision,
          )
        : appliedStatus(object, revision, inventory, now);
    this.api.setStatus(virtualKinds.Kustomization, object, status);
  }

  /** Makes the Flux objects among the manifests, removes those no longer declared, gives the inventory of all. */
  private apply(object: KubeObject, manifests: readonly KubeObject[]): string[] {
    const owner = { 'kustomize.toolkit.fluxcd.io/name': object.metadata.name, 'kustomize.toolkit.fluxcd.io/namespace': object.metadata.namespace ?? '' };
    for (const manifest of manifests) {
      const resource = fluxKind(manifest.kind);
      if (!resource) continue;
      const { status: _status, ...declared } = manifest;
      const labels = { ...manifest.metadata.labels, ...owner };
      this.api.applyNow(resource, { ...declared, metadata: { ...manifest.metadata, labels } }, { fieldManager: 'kustomize-controller', force: true });
    }
    const inventory = [...new Set(manifests.map(inventoryId))].sort();
    if (object.spec?.['prune'] === true) for (const id of inventoryOf(object)) if (!inventory.includes(id)) this.prune(id);
    return inventory;
  }

  private prune(id: string): void {
    const [namespace = '', name = '', , kind = ''] = id.split('_');
    const resource = fluxKind(kind);
    if (resource) this.api.delete(resource, namespace, name);
  }

  private unreadyDependency(object: KubeObject): string | undefined {
    const dependencies = object.spec?.['dependsOn'];
    for (const dependency of Array.isArray(dependencies) ? (dependencies as unknown[]) : []) {
      const namespace = textOf(dependency, 'namespace') ?? object.metadata.namespace;
      const name = textOf(dependency, 'name') ?? '';
      const found = this.api.find(virtualKinds.Kustomization, namespace, name);
      if (!found || !isReady(found)) return `${namespace ?? ''}/${name}`;
    }
    return undefined;
  }

  private reconcileRelease(object: KubeObject): void {
    if (object.spec?.['suspend'] === true) return;
    this.api.setStatus(virtualKinds.HelmRelease, object, releaseStatus(object, this.now()));
  }
}

function variablesOf(object: KubeObject): Readonly<Record<string, string>> {
  const substitute = (object.spec?.['postBuild'] as { substitute?: Record<string, string> } | undefined)?.substitute;
  return substitute ?? {};
}

function nameOf({ kind, metadata }: KubeObject): string {
  return [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join('/');
}

import type { ObjectStatus } from '@flotilla/contracts';
import { deletionsListMax, predictDeletions, type DeletionForecast, type WorkloadInventory } from './predict-deletions.js';
import { commitOf } from './revision.js';
import { selectSource } from './select-source.js';

/** How long a new revision takes when kustomize-controller lets it end a running health wait (3.6 s measured), rounded up with the fetch. */
export const gatedSeconds = 15;
/** kustomize-controller's timeout where a Kustomization names none: its interval less 30 s; 10 m is what flux writes. */
export const ungatedSecondsDefault = 570;

export type RollbackMethod = 'tag' | 'revert';

/** One cluster in scope as the hub knows it. */
export interface RollbackCandidate {
  readonly clusterId: string;
  readonly cluster: string;
  /** the agent reported within the last heartbeats */
  readonly fresh: boolean;
  readonly everReported: boolean;
  readonly readOnly: boolean;
  readonly objects: readonly ObjectStatus[];
  /** inventories recorded at the revision rolled back to, by `namespace/name` of the Kustomization */
  readonly inventories: ReadonlyMap<string, readonly string[]>;
  /** whether its kustomize-controller runs with CancelHealthCheckOnNewRevision; null: cannot be told */
  readonly cancelsHealthChecks: boolean | null;
  /** the cluster's fleet repo holds the commit; false: it follows another one */
  readonly commitInRepo: boolean;
  /** file in Git can be edited: the cluster has a path in a fleet repo */
  readonly hasPath: boolean;
}

export interface PreviewedTarget {
  readonly clusterId: string;
  readonly cluster: string;
  readonly source: { readonly namespace: string; readonly name: string };
  readonly from: string | null;
  readonly to: string;
  readonly held: string | null;
  /** held only for what it may delete: naming the cluster in acceptDeletions lets it through */
  readonly acceptable: boolean;
  readonly deletions: string[];
  readonly deletionsKnown: boolean;
  readonly worstCaseSeconds: number;
  readonly warnings: string[];
  /** runs the revision already and nothing would change but that it stays there */
  readonly unchanged: boolean;
}

export interface PreviewRequest {
  /** the commit gone back to, in full */
  readonly sha: string;
  readonly to: string;
  readonly method: RollbackMethod;
  readonly source?: string | undefined;
  readonly gitReachable: boolean;
  /** names of clusters whose deletions were accepted */
  readonly accepted: readonly string[];
}

/** What the rollback would mean to one cluster, and whether it is held. Pure: the same for preview and start. */
export function previewTarget(candidate: RollbackCandidate, request: PreviewRequest): PreviewedTarget {
  const selected = chooseSource(candidate, request);
  const base = { clusterId: candidate.clusterId, cluster: candidate.cluster, to: request.to };
  if (selected.source === null) {
    return {
      ...base,
      source: { namespace: '', name: request.source ?? '' },
      from: null,
      held: selected.reason,
      acceptable: false,
      deletions: [],
      deletionsKnown: false,
      worstCaseSeconds: 0,
      warnings: [],
      unchanged: false,
    };
  }
  const { source } = selected;
  const workloads = candidate.objects.filter(
    (object) =>
      object.workload?.sourceKind === 'GitRepository' && object.workload.sourceName === source.name && object.workload.sourceNamespace === source.namespace,
  );
  const forecast = predictDeletions(
    workloads
      .filter((object) => object.kind === 'Kustomization')
      .map((object): WorkloadInventory => ({
        namespace: object.namespace,
        name: object.name,
        now: object.inventory,
        then: inventoryThen(object, candidate, request.sha),
      })),
  );
  const deletionHold = holdForDeletions(forecast);
  const accepted = request.accepted.includes(candidate.cluster);
  const running = commitOf(source.revision);
  const held = blocked(candidate, request) ?? (accepted ? null : deletionHold);
  return {
    ...base,
    source: { namespace: source.namespace, name: source.name },
    from: source.revision ?? null,
    held,
    acceptable: held !== null && held === deletionHold,
    deletions: forecast.deletions.slice(0, deletionsListMax),
    deletionsKnown: forecast.known,
    worstCaseSeconds: worstCaseSeconds(workloads, candidate.cancelsHealthChecks),
    warnings: warningsOf(candidate, request, source, forecast),
    unchanged: running === request.sha && workloads.every((workload) => commitOf(workload.revision) === request.sha || workload.kind !== 'Kustomization'),
  };
}

/** What a workload that runs the revision already applies is what it applied at it. */
function inventoryThen(object: ObjectStatus, candidate: RollbackCandidate, sha: string): readonly string[] | undefined {
  return candidate.inventories.get(`${object.namespace}/${object.name}`) ?? (commitOf(object.revision) === sha ? object.inventory : undefined);
}

function chooseSource(candidate: RollbackCandidate, request: PreviewRequest): ReturnType<typeof selectSource> {
  if (!candidate.everReported) return { source: null, reason: 'no agent of the cluster has reported yet' };
  if (request.method === 'tag') return selectSource(candidate.objects, request.source);
  const steered = selectSource(candidate.objects, request.source);
  if (steered.source) return steered;
  // a revert steers nothing: any source that follows the branch will do, the root's included
  const following = candidate.objects.filter((object) => object.kind === 'GitRepository' && object.source?.branch !== undefined);
  const named =
    request.source === undefined
      ? following
      : following.filter((source) => source.name === request.source || `${source.namespace}/${source.name}` === request.source);
  const [source] = named;
  return source ? { source } : steered;
}

function blocked(candidate: RollbackCandidate, request: PreviewRequest): string | null {
  if (!candidate.commitInRepo) return `the fleet repo of the cluster does not hold the commit ${request.sha.slice(0, 12)}`;
  if (request.method === 'tag' && candidate.readOnly && !candidate.hasPath)
    return 'the agent was joined read-only and the cluster has no path in a fleet repo: neither a pin nor a commit reaches it';
  if (request.method === 'revert' && !candidate.hasPath && request.gitReachable === false) return 'Git cannot be reached and a revert is a commit';
  return null;
}

function holdForDeletions(forecast: DeletionForecast): string | null {
  if (forecast.overBudget) {
    const { namespaces, persistentVolumeClaims, customResourceDefinitions } = forecast.spent;
    return `going back would delete ${namespaces} namespaces, ${persistentVolumeClaims} volume claims and ${customResourceDefinitions} custom resource definitions, over the deletion budget; accept the deletions of this cluster by name to go on`;
  }
  if (!forecast.known)
    return `what going back would delete is not known (no inventory of ${forecast.unknown.slice(0, 5).join(', ')} at that revision); accept the deletions of this cluster by name to go on`;
  return null;
}

/** Longest the cluster may take to apply the revision once its source is pinned. */
function worstCaseSeconds(workloads: readonly ObjectStatus[], cancelsHealthChecks: boolean | null): number {
  if (cancelsHealthChecks === true) return gatedSeconds;
  const waiting = workloads.filter((object) => object.workload?.checksHealth === true);
  return Math.max(gatedSeconds, ...waiting.map((object) => object.workload?.timeoutSeconds ?? ungatedSecondsDefault));
}

function warningsOf(candidate: RollbackCandidate, request: PreviewRequest, source: ObjectStatus, forecast: DeletionForecast): string[] {
  const warnings: string[] = [];
  if (!candidate.fresh) warnings.push('the cluster is silent: it is rolled back when its agent reports again');
  if (request.method === 'tag' && candidate.readOnly) warnings.push('the agent was joined read-only: there is no pin, the commit in Git alone brings it back');
  if (request.method === 'tag' && !candidate.hasPath) warnings.push('the cluster has no path in a fleet repo: the pin alone holds it there');
  if (candidate.cancelsHealthChecks !== true)
    warnings.push('kustomize-controller is not known to run with CancelHealthCheckOnNewRevision: a running health wait delays the rollback for its timeout');
  if (!request.gitReachable && commitOf(source.revision) !== request.sha)
    warnings.push(
      `the hub cannot reach Git: a pin works only where the cluster reaches it or has stored the commit; to freeze what runs instead: ${freezeLines(source).join(' && ')}`,
    );
  if (forecast.deletions.length > 0) warnings.push(`${forecast.deletions.length} objects that were added since would be deleted`);
  if (candidate.objects.some((object) => object.kind === 'ImageUpdateAutomation' && !object.suspended))
    warnings.push('an ImageUpdateAutomation is active: it may commit newer tags again');
  return warnings;
}

/** What a person types to freeze the cluster by hand, and to pin it without the hub. */
export function freezeLines(source: { readonly namespace: string; readonly name: string }): string[] {
  return [`kubectl -n ${source.namespace} patch gitrepository ${source.name} --field-manager=flotilla-suspend --type=merge -p '{"spec":{"suspend":true}}'`];
}

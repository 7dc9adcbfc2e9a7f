import { type ClusterState, type FailureStage, objectKeyText, type ObjectStatus } from '@flotilla/contracts';
import { controlledLabel } from '../agent-manifest/index.js';
import { isRootSource } from '../rollbacks/index.js';
import { type ObjectAssessment, shaOf, sourceKinds } from '../flux/index.js';

/** What the rollup needs to know of an object; small, because a hub keeps it for every object of every connected cluster. */
export interface RollupObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: ObjectAssessment['state'];
  readonly stage: FailureStage | null;
  readonly message: string;
  readonly revision: string | null;
  readonly sha: string | null;
  /** sources: carries the label of consent and is not the root's */
  readonly controlled: boolean;
  /** workloads: `Kind/namespace/name` of the source */
  readonly source: string | null;
}

/** Stored with the cluster; staleness is added at read (`clusterStateAt`). */
export interface ClusterRollup {
  readonly objects: number;
  readonly ready: number;
  readonly failing: number;
  readonly progressing: number;
  readonly suspended: number;
  readonly worst: Extract<ClusterState, 'failing' | 'progressing' | 'suspended' | 'ready'>;
  readonly reason: string;
  /** revision of the controlled source that every Kustomization following it has applied; null when they differ or there is none */
  readonly revision: string | null;
}

const reasonLengthMax = 512;
/** Whether the hub may steer it: a source with the label that is not the root's. */
export function isControlledSource(status: ObjectStatus): boolean {
  return sourceKinds.has(status.kind) && Object.hasOwn(status.labels, controlledLabel) && !isRootSource(status);
}

/** The small form of a status and its assessment. */
export function rollupObject(status: ObjectStatus, assessment: ObjectAssessment): RollupObject {
  const { workload } = status;
  return {
    kind: status.kind,
    namespace: status.namespace,
    name: status.name,
    state: assessment.state,
    stage: assessment.stage,
    message: assessment.message.slice(0, reasonLengthMax),
    revision: status.revision ?? null,
    sha: shaOf(status.revision),
    controlled: isControlledSource(status),
    source: workload ? objectKeyText({ kind: workload.sourceKind, namespace: workload.sourceNamespace, name: workload.sourceName }) : null,
  };
}

/**
 * What a cluster amounts to: nothing is greener than its stalest part (invariant 2). Kinds without a status are not counted. A cluster in which no
 * Flux object is seen is progressing, never ready.
 */
export function rollup(all: Iterable<RollupObject>): ClusterRollup {
  const objects = [...all].filter((object) => object.state !== 'none');
  const having = (...states: RollupObject['state'][]): RollupObject[] => objects.filter((object) => states.includes(object.state));
  const [failing, progressing, suspended, applied] = [having('failed'), having('progressing'), having('suspended'), having('applied')];
  const base = {
    objects: objects.length,
    ready: objects.length - failing.length - progressing.length - suspended.length,
    failing: failing.length,
    progressing: progressing.length,
    suspended: suspended.length,
    revision: revisionOf(objects),
  };
  if (failing.length > 0) return { ...base, worst: 'failing', reason: describe(failing) };
  if (progressing.length > 0) return { ...base, worst: 'progressing', reason: describe(progressing) };
  if (objects.length === 0) return { ...base, worst: 'progressing', reason: 'the agent sees no Flux objects: is Flux installed?' };
  if (suspended.length > 0) return { ...base, worst: 'suspended', reason: describe(suspended) };
  const unknownHealth =
    applied.length === 0
      ? ''
      : `applied, health unknown: ${nameOf(first(applied))}${applied.length > 1 ? ` and ${applied.length - 1} more` : ''} check no health`;
  return { ...base, worst: 'ready', reason: unknownHealth };
}

function revisionOf(objects: readonly RollupObject[]): string | null {
  const controlled = objects.filter((object) => object.controlled);
  const sources = controlled.length > 0 ? controlled : objects.filter((object) => sourceKinds.has(object.kind) && isRootSource(object));
  const revisions = new Map<string, string>();
  for (const source of sources) {
    const followers = objects.filter((object) => object.kind === 'Kustomization' && object.source === nameOf(source));
    if (source.revision === null || source.sha === null || followers.length === 0 || followers.some((follower) => follower.sha !== source.sha)) return null;
    revisions.set(source.sha, source.revision);
  }
  // several controlled sources that run different content have no one revision
  return revisions.size === 1 ? ([...revisions.values()][0] ?? null) : null;
}

/** The likeliest cause first: a source before what it feeds, then by name. */
function first(objects: readonly RollupObject[]): RollupObject {
  const rank = (object: RollupObject): string => `${sourceKinds.has(object.kind) ? 0 : object.kind === 'Kustomization' ? 1 : 2} ${nameOf(object)}`;
  return objects.reduce((best, object) => (rank(object) < rank(best) ? object : best));
}

function describe(objects: readonly RollupObject[]): string {
  const cause = first(objects);
  const more = objects.length > 1 ? ` (and ${objects.length - 1} more)` : '';
  return `${nameOf(cause)}${cause.stage ? `, ${cause.stage}` : ''}: ${cause.message || cause.state}${more}`.slice(0, reasonLengthMax);
}

const nameOf = (object: { kind: string; namespace: string; name: string }): string => objectKeyText(object);

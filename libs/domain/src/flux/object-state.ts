import type { Condition, FailureStage, ObjectState, ObjectStatus } from '@flotilla/contracts';
import { failureStageOf } from './failure-stage.js';

/** What an object's status amounts to. `since` is the cluster's clock: when the Ready condition last changed. */
export interface ObjectAssessment {
  readonly state: Exclude<ObjectState, 'unknown'>;
  readonly stage: FailureStage | null;
  readonly reason: string;
  readonly message: string;
  readonly since: string | null;
}

/** Kinds whose API has no status at all (notification v1beta3). */
const withoutStatus: ReadonlySet<string> = new Set(['Alert', 'Provider']);
/** Kinds whose status has conditions but no observedGeneration. */
const withoutGeneration: ReadonlySet<string> = new Set(['ExternalArtifact', 'ArtifactGenerator', 'Canary']);
/** Reasons with Ready=False that are work under way or waiting, not a failure. */
const waitingReasons: ReadonlySet<string> = new Set([
  'Progressing',
  'ProgressingWithRetry',
  'DependencyNotReady',
  'SourceNotReady',
  'HealthCheckCanceled',
  'Initializing',
  'WaitingPromotion',
  'Promoting',
  'Finalising',
]);

/**
 * Readiness of one object (invariant 3): suspended before all else, because conditions then keep their last values; Ready only at
 * `observedGeneration == generation`; failing from Ready=False, because kstatus calls a Kustomization that keeps failing "in progress"; a
 * Kustomization that checks no health is `applied`; kinds without a status are `none`.
 */
export function objectState(status: ObjectStatus): ObjectAssessment {
  if (hasNoStatus(status))
    return { state: status.suspended ? 'suspended' : 'none', stage: null, reason: '', message: status.suspended ? 'suspended' : '', since: null };
  const ready = readyCondition(status);
  const assessment = unsuspendedState(status, ready);
  if (!status.suspended) return assessment;
  return { ...assessment, state: 'suspended', message: assessment.message === '' ? 'suspended' : `suspended; before: ${assessment.message}` };
}

/** As `objectState`, but looking through `spec.suspend`: what its conditions said last. */
export function stateBeneathSuspend(status: ObjectStatus): ObjectAssessment {
  return status.suspended ? objectState({ ...status, suspended: false }) : objectState(status);
}

function hasNoStatus(status: ObjectStatus): boolean {
  // a HelmRepository of type oci is never reconciled
  return withoutStatus.has(status.kind) || (status.kind === 'HelmRepository' && (status.source?.url.startsWith('oci://') ?? false));
}

function readyCondition(status: ObjectStatus): Condition | undefined {
  return find(status, 'Ready') ?? (status.kind === 'Canary' ? find(status, 'Promoted') : undefined);
}

function unsuspendedState(status: ObjectStatus, ready: Condition | undefined): ObjectAssessment {
  const stalled = find(status, 'Stalled');
  const since = ready?.lastTransitionTime ?? null;
  if (!ready && stalled?.status !== 'True')
    return { state: 'progressing', stage: null, reason: 'NotReconciled', message: 'waiting to be reconciled', since: null };
  const told = { reason: ready?.reason ?? '', message: ready?.message ?? '', since };
  if (stalled?.status === 'True' && ready?.status !== 'True') {
    const cause = ready?.status === 'False' ? told : { reason: stalled.reason, message: stalled.message, since: stalled.lastTransitionTime ?? since };
    return { state: 'failed', stage: failureStageOf(status.kind, cause.reason, cause.message), ...cause };
  }
  if (ready?.status === 'False') {
    const outdated = ready.observedGeneration !== undefined && ready.observedGeneration < status.generation;
    if (outdated) return { state: 'progressing', stage: null, ...told };
    const stage = failureStageOf(status.kind, told.reason, told.message);
    const waiting = waitingReasons.has(told.reason) || (told.reason === 'ArtifactFailed' && /source artifact not found/i.test(told.message));
    return { state: waiting ? 'progressing' : 'failed', stage, ...told };
  }
  if (ready?.status !== 'True' || !isObserved(status, ready) || find(status, 'Reconciling')?.status === 'True')
    return { state: 'progressing', stage: null, ...told };
  return { state: status.kind === 'Kustomization' && !(status.workload?.checksHealth ?? false) ? 'applied' : 'ready', stage: null, ...told };
}

function isObserved(status: ObjectStatus, ready: Condition): boolean {
  if (status.observedGeneration !== undefined) return status.observedGeneration === status.generation;
  if (!withoutGeneration.has(status.kind)) return false;
  return ready.observedGeneration === undefined || ready.observedGeneration === status.generation;
}

function find(status: ObjectStatus, type: string): Condition | undefined {
  return status.conditions.find((candidate) => candidate.type === type);
}

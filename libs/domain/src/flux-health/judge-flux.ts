/** What of a live object these judgements read. */
export interface JudgedObject {
  readonly metadata: { readonly generation?: number };
  readonly spec?: unknown;
  readonly status?: unknown;
}
interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
  readonly reason?: string;
}

interface ReconciledStatus {
  readonly observedGeneration?: number;
  readonly artifact?: { readonly revision?: string };
  readonly lastAttemptedRevision?: string;
}

export interface Judgement {
  readonly state: 'ready' | 'waiting' | 'failed' | 'suspended';
  readonly detail: string;
}

const statusOf = (object: JudgedObject): ReconciledStatus => object.status ?? {};
const revisionOf = (object: JudgedObject): string | undefined => statusOf(object).artifact?.revision ?? statusOf(object).lastAttemptedRevision;
const conditionsOf = (object: JudgedObject): readonly Condition[] => (object.status as { conditions?: Condition[] } | undefined)?.conditions ?? [];

/** Whether a source or Kustomization is ready, by the rules of `flux`: not suspended, observed at its generation, Ready. */
export function judgeReady(object: JudgedObject | null): Judgement {
  if (!object) return { state: 'waiting', detail: 'it is not there yet' };
  const spec = (object.spec ?? {}) as { suspend?: boolean };
  const observedGeneration = statusOf(object).observedGeneration;
  if (spec.suspend === true) return { state: 'suspended', detail: 'it is suspended' };
  if (observedGeneration !== object.metadata.generation && conditionsOf(object).length === 0)
    return { state: 'waiting', detail: 'its controller has not looked at it yet' };
  const ready = conditionsOf(object).find((condition) => condition.type === 'Ready');
  if (ready?.status === 'False') return { state: 'failed', detail: `${ready.reason ?? 'Failed'}: ${ready.message ?? 'no message'}` };
  if (ready?.status !== 'True' || observedGeneration !== object.metadata.generation)
    return { state: 'waiting', detail: ready?.message ?? 'it is not ready yet' };
  return { state: 'ready', detail: `at ${revisionOf(object) ?? 'no revision'}` };
}

/**
 * Whether a source or Kustomization is ready and has reconciled one of `revisions` (full, `main@sha1:…`), by the rules of `flux bootstrap`
 * (`status.artifact.revision` of a source, `status.lastAttemptedRevision` of a Kustomization).
 */
export function judgeReconciled(object: JudgedObject | null, revisions: readonly string[]): Judgement {
  const judged = judgeReady(object);
  const revision = object === null ? undefined : revisionOf(object);
  return judged.state === 'ready' && (revision === undefined || !revisions.includes(revision))
    ? { state: 'waiting', detail: `it is ${judged.detail}` }
    : judged;
}

/** Whether a Deployment has rolled out: observed, all replicas updated and available (kstatus' rule). */
export function judgeDeployment(object: JudgedObject | null): Judgement {
  if (!object) return { state: 'waiting', detail: 'it is not there yet' };
  const wanted = ((object.spec ?? {}) as { replicas?: number }).replicas ?? 1;
  const status = (object.status ?? {}) as { observedGeneration?: number; updatedReplicas?: number; availableReplicas?: number; replicas?: number };
  if (conditionsOf(object).some((condition) => condition.type === 'Progressing' && condition.reason === 'ProgressDeadlineExceeded'))
    return { state: 'failed', detail: 'its progress deadline is exceeded' };
  if ((status.observedGeneration ?? 0) < (object.metadata.generation ?? 0)) return { state: 'waiting', detail: 'its controller has not looked at it yet' };
  const [updated, available] = [status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  if (updated < wanted || available < wanted || (status.replicas ?? 0) > updated)
    return { state: 'waiting', detail: `${available} of ${wanted} replicas are available` };
  return { state: 'ready', detail: `${available} of ${wanted} replicas are available` };
}

/** Kubernetes versions that Flux 2.9 takes: `flux check --pre` demands at least 1.33. */
export const kubernetesMinorMin = 33;

/** Whether a server version such as `v1.36.3` is one Flux supports. */
export function isKubernetesSupported(gitVersion: string): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(gitVersion);
  if (!match) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > 1 || (major === 1 && minor >= kubernetesMinorMin);
}

import type { ObjectKey, ObjectState } from '@flotilla/contracts';

export const objectFailedAlert = 'FluxObjectFailed';
export const clusterSilentAlert = 'ClusterSilent';

/** What an object's state means for its alert. A retry in between (progressing) or silence (unknown) neither raises nor resolves. */
export function alertChange(state: ObjectState | null): 'raise' | 'resolve' | 'keep' {
  switch (state) {
    case 'failed':
      return 'raise';
    case 'progressing':
    case 'unknown':
      return 'keep';
    default:
      return 'resolve';
  }
}

/** Labels of the alert of a failed object: they identify it and are what routes match. */
export function objectAlertLabels(cluster: string, object: ObjectKey, stage: string | null): Record<string, string> {
  const severity = object.kind === 'Kustomization' || object.kind === 'HelmRelease' ? 'critical' : 'warning';
  return {
    alertname: objectFailedAlert,
    cluster,
    kind: object.kind,
    namespace: object.namespace,
    name: object.name,
    severity,
    ...(stage === null ? {} : { stage }),
  };
}

/** Longest message of an object that goes into an alert. */
const messageLengthMax = 600;

/** Annotations of the alert of a failed object; the revision is the one that was tried. */
export function objectAlertAnnotations(
  object: ObjectKey,
  failure: { stage: string | null; reason: string; message: string; revision: string | null; attempted: string | null },
): Record<string, string> {
  const revision = failure.attempted ?? failure.revision;
  return {
    summary: `${object.kind} ${object.namespace}/${object.name} failed${failure.stage === null ? '' : ` at ${failure.stage}`}`,
    description: `${failure.reason}: ${failure.message}`.slice(0, messageLengthMax),
    ...(revision === null ? {} : { revision }),
  };
}

export function silentAlertLabels(cluster: string): Record<string, string> {
  return { alertname: clusterSilentAlert, cluster, severity: 'critical' };
}

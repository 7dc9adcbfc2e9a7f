import type { ObjectStatus } from '@flotilla/contracts/agent';

/** A status as a healthy Kustomization has it; `version` is its resource version, `commit` makes its revision. */
export function syntheticObject(index: number, version: number, now: Date, commit: number = version): ObjectStatus {
  const revision = `main@sha1:${commit.toString(16).padStart(40, '0')}`;
  const at = now.toISOString();
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'load',
    name: `workload-${index}`,
    uid: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
    generation: 1,
    observedGeneration: 1,
    resourceVersion: String(version),
    labels: { 'kustomize.toolkit.fluxcd.io/name': 'flux-system', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
    suspended: false,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'ReconciliationSucceeded',
        message: `Applied revision: ${revision}`,
        observedGeneration: 1,
        lastTransitionTime: at,
      },
    ],
    revision,
    attemptedRevision: revision,
    owner: 'flux-system/flux-system',
    workload: {
      sourceKind: 'GitRepository',
      sourceNamespace: 'flux-system',
      sourceName: 'fleet',
      path: `./apps/workload-${index}`,
      checksHealth: true,
      timeoutSeconds: 180,
      dependsOn: [],
    },
    observedAt: at,
  };
}

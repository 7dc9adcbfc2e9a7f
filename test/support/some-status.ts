import type { Condition, ObjectStatus } from '@flotilla/contracts';

export const someSha = (digit: string): string => digit.repeat(40);
export const someRevision = (digit: string): string => `main@sha1:${someSha(digit)}`;
const observedAt = '2026-01-02T03:04:05Z';
const ready: Condition = { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: 'fine', lastTransitionTime: observedAt };

let version = 1;
/** A Kustomization that follows the source `fleet`; a new resourceVersion each time. */
export function aKustomization(name: string, digit: string, over: Partial<ObjectStatus> = {}): ObjectStatus {
  version += 1;
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'flux-system',
    name,
    uid: name,
    generation: 1,
    observedGeneration: 1,
    resourceVersion: String(version),
    labels: {},
    suspended: false,
    conditions: [ready],
    observedAt,
    revision: someRevision(digit),
    attemptedRevision: someRevision(digit),
    workload: { sourceKind: 'GitRepository', sourceNamespace: 'flux-system', sourceName: 'fleet', checksHealth: true, dependsOn: [] },
    ...over,
  };
}

/** The source `fleet`, labelled to be steered. */
export function aFleetSource(digit: string, over: Partial<ObjectStatus> = {}): ObjectStatus {
  version += 1;
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    namespace: 'flux-system',
    name: 'fleet',
    uid: 'fleet',
    generation: 1,
    observedGeneration: 1,
    resourceVersion: String(version),
    labels: { 'flotilla.dev/controlled': 'true' },
    suspended: false,
    conditions: [{ ...ready, reason: 'Succeeded' }],
    observedAt,
    revision: someRevision(digit),
    source: { url: 'https://git.example/fleet.git', branch: 'main' },
    ...over,
  };
}

/** A failing Ready condition. */
export const failing = (reason: string, message = 'no'): Pick<ObjectStatus, 'conditions'> => ({
  conditions: [{ type: 'Ready', status: 'False', reason, message, lastTransitionTime: observedAt }],
});

import { z } from 'zod';
import { instant } from '../names.js';

const conditionStatus = z.enum(['True', 'False', 'Unknown']);
/** metav1.Condition, message cut to 1,024 characters. */
export const condition = z.object({
  type: z.string().max(316),
  status: conditionStatus,
  reason: z.string().max(1024).default(''),
  message: z.string().max(1024).default(''),
  observedGeneration: z.number().int().exactOptional(),
  lastTransitionTime: instant.exactOptional(),
});
export type Condition = z.infer<typeof condition>;

export const inventoryMax = 5000;

/**
 * One Flux object as the agent saw it: the only shape of status on the wire and in the hub. Fields a kind does not have are absent.
 * Revisions are as Flux writes them, in full (`main@sha1:<40 hex>`).
 */
export const objectStatus = z.object({
  apiVersion: z.string().max(128),
  kind: z.string().max(64),
  namespace: z.string().max(253),
  name: z.string().max(253),
  uid: z.string().max(64),
  generation: z.number().int(),
  /** status.observedGeneration; absent on kinds without a status (Alert, Provider: "n/a") */
  observedGeneration: z.number().int().exactOptional(),
  resourceVersion: z.string().max(64),
  labels: z.record(z.string(), z.string()).default({}),
  suspended: z.boolean().default(false),
  conditions: z.array(condition).max(16).default([]),
  /** sources: status.artifact.revision; workloads: status.lastAppliedRevision (HelmRelease: last deployed chart revision from history) */
  revision: z.string().max(512).exactOptional(),
  /** workloads: status.lastAttemptedRevision */
  attemptedRevision: z.string().max(512).exactOptional(),
  /** HelmRelease: chart version of the newest release in status.history, whatever became of it; what `flux get` shows */
  releaseRevision: z.string().max(512).exactOptional(),
  /** status.lastHandledReconcileAt */
  handledReconcileAt: z.string().max(64).exactOptional(),
  /** annotation reconcile.fluxcd.io/requestedAt */
  requestedAt: z.string().max(64).exactOptional(),
  /** spec of a source */
  source: z
    .object({
      url: z.string().max(2048).default(''),
      branch: z.string().max(256).exactOptional(),
      tag: z.string().max(256).exactOptional(),
      commit: z.string().max(64).exactOptional(),
      semver: z.string().max(256).exactOptional(),
      digest: z.string().max(128).exactOptional(),
      /** field manager that owns spec.ref.commit, if it is set */
      commitOwner: z.string().max(128).exactOptional(),
    })
    .exactOptional(),
  /** spec of a workload */
  workload: z
    .object({
      sourceKind: z.string().max(64),
      sourceNamespace: z.string().max(253),
      sourceName: z.string().max(253),
      path: z.string().max(1024).exactOptional(),
      /** spec.wait or non-empty spec.healthChecks: without, Ready says nothing of health (invariant 3) */
      checksHealth: z.boolean().default(false),
      timeoutSeconds: z.number().int().exactOptional(),
      dependsOn: z.array(z.string().max(507)).max(64).default([]),
      chart: z.string().max(512).exactOptional(),
    })
    .exactOptional(),
  /** image kinds: what is newest (ImagePolicy: status.latestRef) and when it was last looked for (scan of a repository, run of an automation) */
  image: z
    .object({
      name: z.string().max(512).exactOptional(),
      tag: z.string().max(256).exactOptional(),
      at: z.string().max(64).exactOptional(),
    })
    .exactOptional(),
  /** Kustomization that applied this object (labels kustomize.toolkit.fluxcd.io/name, namespace): `namespace/name` */
  owner: z.string().max(507).exactOptional(),
  /** Kustomization: ids of status.inventory (`<namespace>_<name>_<group>_<kind>`), with version `v` */
  inventory: z.array(z.string().max(600)).max(inventoryMax).exactOptional(),
  /** cluster clock, when the agent saw this version */
  observedAt: instant,
});
export type ObjectStatus = z.infer<typeof objectStatus>;

/** Identifies an object within a cluster. */
export const objectKey = z.object({ kind: z.string().max(64), namespace: z.string().max(253), name: z.string().max(253) });
export type ObjectKey = z.infer<typeof objectKey>;

/** `Kind/namespace/name`, the text form of an ObjectKey. */
export function objectKeyText(key: ObjectKey): string {
  return `${key.kind}/${key.namespace}/${key.name}`;
}

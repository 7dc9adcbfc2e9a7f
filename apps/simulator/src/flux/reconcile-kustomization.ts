import type { KubeObject } from '@flotilla/agent-runtime';
import { withConditions, type Condition } from './conditions.js';
import { requestedAt } from './fields.js';

/** Annotation of a manifest that makes the pretend Flux fail at that stage. */
export const failsAnnotation = 'simulator.flotilla.dev/fails';
export type FailingStage = 'health' | 'build' | 'apply';

export function failingStage(object: KubeObject): FailingStage | undefined {
  const stage = object.metadata.annotations?.[failsAnnotation];
  return stage === 'health' || stage === 'build' || stage === 'apply' ? stage : undefined;
}

type Status = Readonly<Record<string, unknown>>;

/** Whether Ready says anything about health. */
export function checksHealth({ spec }: KubeObject): boolean {
  const checks = spec?.['healthChecks'];
  return spec?.['wait'] === true || (Array.isArray(checks) && checks.length > 0);
}

export function failedStatus(object: KubeObject, reason: string, message: string, now: Date, attempted?: string): Status {
  return {
    ...object.status,
    ...requestedAt(object),
    ...(attempted === undefined ? {} : { lastAttemptedRevision: attempted }),
    // Flux does not advance observedGeneration on a failure it will retry
    observedGeneration: object.status?.['observedGeneration'] ?? -1,
    conditions: withConditions(
      object,
      [
        ready('False', reason, message),
        { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message },
        ...(reason === 'HealthCheckFailed' ? [{ type: 'Healthy', status: 'False', reason, message } as const] : []),
      ],
      now,
    ),
  };
}

export function progressingStatus(object: KubeObject, attempted: string, inventory: readonly string[], message: string, now: Date): Status {
  return {
    ...object.status,
    ...requestedAt(object),
    lastAttemptedRevision: attempted,
    inventory: inventoryStatus(inventory, object),
    observedGeneration: object.status?.['observedGeneration'] ?? -1,
    conditions: withConditions(
      object,
      [ready('Unknown', 'Progressing', message), { type: 'Reconciling', status: 'True', reason: 'Progressing', message }],
      now,
    ),
  };
}

export function appliedStatus(object: KubeObject, revision: string, inventory: readonly string[], now: Date): Status {
  const healthy = checksHealth(object) ? [{ type: 'Healthy', status: 'True', reason: 'Succeeded', message: 'Health check passed' } as const] : [];
  return {
    ...object.status,
    ...requestedAt(object),
    lastAttemptedRevision: revision,
    lastAppliedRevision: revision,
    inventory: inventoryStatus(inventory, object),
    observedGeneration: object.metadata.generation,
    conditions: withConditions(object, [ready('True', 'ReconciliationSucceeded', `Applied revision: ${revision}`), ...healthy], now, [
      'Reconciling',
      ...(healthy.length > 0 ? [] : ['Healthy']),
    ]),
  };
}

/** The inventory id of an object, as Flux writes it. */
export function inventoryId({ apiVersion, kind, metadata }: KubeObject): string {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return `${metadata.namespace ?? ''}_${metadata.name}_${group}_${kind}`;
}

export function inventoryOf(object: KubeObject): string[] {
  const entries = (object.status?.['inventory'] as { entries?: { id: string }[] } | undefined)?.entries;
  return entries?.map(({ id }) => id) ?? [];
}

function inventoryStatus(ids: readonly string[], object: KubeObject): Status {
  const before = inventoryOf(object);
  // the same list again is the same value, so that nothing changes
  return ids.length === before.length && ids.every((id, index) => before[index] === id)
    ? (object.status?.['inventory'] as Status)
    : { entries: ids.map((id) => ({ id, v: 'v1' })) };
}

function ready(status: Condition['status'], reason: string, message: string): Pick<Condition, 'type' | 'status' | 'reason' | 'message'> {
  return { type: 'Ready', status, reason, message };
}

import type { KubeObject } from '@flotilla/agent-runtime';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

/** Sets conditions on top of the object's present ones; `lastTransitionTime` moves only when a status does. Types named in `drop` are removed. */
export function withConditions(
  object: KubeObject,
  changes: readonly Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[],
  now: Date,
  drop: readonly string[] = [],
): Condition[] {
  const present = conditionsOf(object);
  const observedGeneration = object.metadata.generation ?? 0;
  const changed = changes.map((change) => {
    const before = present.find(({ type }) => type === change.type);
    return { ...change, observedGeneration, lastTransitionTime: before?.status === change.status ? before.lastTransitionTime : now.toISOString() };
  });
  const kept = present.filter(({ type }) => !drop.includes(type) && !changes.some((change) => change.type === type));
  return [...changed, ...kept];
}

export function conditionsOf(object: KubeObject): readonly Condition[] {
  const conditions = object.status?.['conditions'];
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}

export function isReady(object: KubeObject): boolean {
  return (
    object.status?.['observedGeneration'] === object.metadata.generation &&
    conditionsOf(object).some(({ type, status }) => type === 'Ready' && status === 'True')
  );
}

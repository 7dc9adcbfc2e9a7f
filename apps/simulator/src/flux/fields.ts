import { requestedAtAnnotation, type KubeObject } from '@flotilla/agent-runtime';

/** A text field of a spec or status, undefined when it is absent or something else. */
export function textOf(node: unknown, ...path: readonly string[]): string | undefined {
  let value = node;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `lastHandledReconcileAt`, when a reconcile was ever requested. */
export function requestedAt(object: KubeObject): Readonly<Record<string, string>> {
  const requested = object.metadata.annotations?.[requestedAtAnnotation];
  return requested === undefined ? {} : { lastHandledReconcileAt: requested };
}

/** Whether a reconcile was requested that has not been handled. */
export function isRequested(object: KubeObject): boolean {
  const requested = object.metadata.annotations?.[requestedAtAnnotation];
  return requested !== undefined && requested !== object.status?.['lastHandledReconcileAt'];
}

import type { KubeObject, ManagedFields } from './kube-api.js';

/** A manager that owns a field, and how it wrote it last (`Apply` or `Update`). */
export interface FieldOwner {
  readonly manager: string;
  readonly operation: string;
}

/** Who owns the field at `path` (e.g. `['spec', 'ref', 'commit']`), or a map above it as a whole. */
export function fieldOwners(object: KubeObject, path: readonly string[]): FieldOwner[] {
  const entries = object.metadata.managedFields ?? [];
  return entries.filter((entry) => owns(entry, path)).map(({ manager, operation }) => ({ manager, operation: operation ?? 'Update' }));
}

function owns(entry: ManagedFields, path: readonly string[]): boolean {
  let node: unknown = entry.fieldsV1;
  for (const name of path) {
    if (typeof node !== 'object' || node === null) return false;
    node = (node as Record<string, unknown>)[`f:${name}`];
  }
  return node !== undefined;
}

/** Managers that write what Git declares: the controllers that apply manifests, and `flux bootstrap`, which applies the root by server-side apply. */
export function isDeclaredInGit(owner: FieldOwner): boolean {
  return owner.manager === 'kustomize-controller' || owner.manager === 'helm-controller' || (owner.manager === 'flux' && owner.operation === 'Apply');
}

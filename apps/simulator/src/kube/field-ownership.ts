import type { KubeObject, ManagedFields } from '@flotilla/agent-runtime';

/** A field as its path, e.g. `['spec', 'ref', 'branch']`. Lists are fields as a whole. */
type FieldPath = readonly string[];
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonMap = Readonly<Record<string, Json>>;

const separator = '\u0000';

/** The part of an object that field managers own. */
export function ownedPart(object: KubeObject): JsonMap {
  const { labels, annotations } = object.metadata;
  const metadata = { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
  return {
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(object.spec ? { spec: object.spec as JsonMap } : {}),
    ...(object.data ? { data: object.data } : {}),
  };
}

/** Every leaf of a tree: scalars, lists and empty maps. */
export function leavesOf(tree: JsonMap): Map<string, Json> {
  const found = new Map<string, Json>();
  const walk = (node: Json, path: FieldPath): void => {
    if (isMap(node) && (Object.keys(node).length > 0 || path.length <= 1)) for (const [key, value] of Object.entries(node)) walk(value, [...path, key]);
    else found.set(path.join(separator), node);
  };
  walk(tree, []);
  return found;
}

/** The leaves a manager owns, from its `fieldsV1`. */
export function leavesOfManager(entry: ManagedFields): Set<string> {
  const found = new Set<string>();
  const walk = (node: unknown, path: FieldPath): void => {
    const keys = typeof node === 'object' && node !== null ? Object.keys(node).filter((key) => key.startsWith('f:')) : [];
    if (keys.length === 0 && path.length > 0) found.add(path.join(separator));
    for (const key of keys) walk((node as Record<string, unknown>)[key], [...path, key.slice(2)]);
  };
  walk(entry.fieldsV1, []);
  return found;
}

/** `fieldsV1` of a set of leaves. */
export function fieldsOf(leaves: Iterable<string>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const leaf of leaves) {
    let node = root;
    for (const name of leaf.split(separator)) node = (node[`f:${name}`] ??= {}) as Record<string, unknown>;
  }
  return root;
}

/** Whether one of two leaves is the other or lies within it. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(b + separator) || b.startsWith(a + separator);
}

export function pathText(leaf: string): string {
  return `.${leaf.split(separator).join('.')}`;
}

/** The tree with a leaf set. */
export function withLeaf(tree: JsonMap, leaf: string, value: Json): JsonMap {
  return setAt(tree, leaf.split(separator), value);
}

/** The tree without a leaf and without the maps it leaves empty. */
export function withoutLeaf(tree: JsonMap, leaf: string): JsonMap {
  return removeAt(tree, leaf.split(separator));
}

function setAt(tree: JsonMap, [name = '', ...rest]: FieldPath, value: Json): JsonMap {
  if (rest.length === 0) return { ...tree, [name]: value };
  const child = tree[name];
  return { ...tree, [name]: setAt(isMap(child) ? child : {}, rest, value) };
}

function removeAt(tree: JsonMap, [name = '', ...rest]: FieldPath): JsonMap {
  const child = tree[name];
  const others = Object.fromEntries(Object.entries(tree).filter(([key]) => key !== name));
  if (rest.length === 0 || !isMap(child)) return rest.length === 0 ? others : tree;
  const left = removeAt(child, rest);
  return Object.keys(left).length === 0 ? others : { ...tree, [name]: left };
}

/** RFC 7396: maps merge, null removes, everything else replaces. */
export function mergePatched(target: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const result: Record<string, Json> = { ...(isMap(target) ? target : {}) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatched(result[key], value);
  }
  return result;
}

function isMap(node: Json | undefined): node is JsonMap {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}

/** `changed` now belong to the manager alone, `removed` to nobody. */
export function moveOwnership(
  managed: readonly ManagedFields[],
  manager: string,
  operation: string,
  changed: readonly string[],
  removed: readonly string[],
): ManagedFields[] {
  const own = managed.find((entry) => entry.manager === manager && entry.operation === operation);
  const others = managed.filter((entry) => entry !== own).map((entry) => withoutLeaves(entry, [...changed, ...removed]));
  const mine = new Set([...(own ? leavesOfManager(own) : []), ...changed]);
  for (const leaf of removed) mine.delete(leaf);
  return [...others.filter((entry) => entry !== undefined), ...(mine.size > 0 ? [{ manager, operation, fieldsV1: fieldsOf(mine) }] : [])];
}

/** The entry without the leaves that others took; undefined when nothing is left. */
export function withoutLeaves(entry: ManagedFields, leaves: readonly string[]): ManagedFields | undefined {
  const owned = leavesOfManager(entry);
  const left = [...owned].filter((leaf) => !leaves.some((taken) => overlap(leaf, taken)));
  if (left.length === owned.size) return entry;
  return left.length === 0 ? undefined : { ...entry, fieldsV1: fieldsOf(left) };
}

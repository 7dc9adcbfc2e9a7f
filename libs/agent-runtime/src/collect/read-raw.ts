/** Reads from objects whose shape nobody vouches for: a field of another type counts as absent. */
export function textAt(node: unknown, ...path: readonly string[]): string | undefined {
  const value = at(node, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(node: unknown, ...path: readonly string[]): number | undefined {
  const value = at(node, path);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function flagAt(node: unknown, ...path: readonly string[]): boolean {
  return at(node, path) === true;
}

export function listAt(node: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = at(node, path);
  return Array.isArray(value) ? value : [];
}

export function has(node: unknown, ...path: readonly string[]): boolean {
  return at(node, path) !== undefined;
}

function at(node: unknown, path: readonly string[]): unknown {
  let value = node;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

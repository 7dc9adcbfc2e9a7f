/** JSON with sorted keys and no white space (RFC 8785 for the values used here: strings, finite numbers, booleans, null, arrays, objects). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** What the hash of an audit entry is taken of: the hash before it, then the entry's own fields. */
export function auditHashInput(
  previousHash: string,
  entry: {
    sequence: number;
    id: string;
    at: string;
    actor: string;
    action: string;
    outcome: string;
    subject: string;
    clusterId: string | null;
    requestId: string | null;
    detail: Record<string, unknown>;
  },
): string {
  const { sequence, id, at, actor, action, outcome, subject, clusterId, requestId, detail } = entry;
  return previousHash + canonicalJson({ sequence, id, at, actor, action, outcome, subject, clusterId, requestId, detail });
}

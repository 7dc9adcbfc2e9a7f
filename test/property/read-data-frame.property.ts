import fc from 'fast-check';
import { agentMessage, readDataFrame } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';

const text = (max: number): fc.Arbitrary<string> => fc.string({ maxLength: Math.min(max, 12) });
const instant = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }).map((date) => date.toISOString());
const optional = { requiredKeys: [] as never[] };
const key = fc.record({ kind: text(64), namespace: text(253), name: text(253) });
const condition = fc.record(
  {
    type: text(316),
    status: fc.constantFrom('True', 'False', 'Unknown'),
    reason: text(99),
    message: text(99),
    observedGeneration: fc.integer(),
    lastTransitionTime: instant,
  },
  { requiredKeys: ['type', 'status'] },
);
const source = fc.record(
  { url: text(99), branch: text(99), tag: text(99), commit: text(64), semver: text(99), digest: text(99), commitOwner: text(99) },
  optional,
);
const workload = fc.record(
  {
    sourceKind: text(64),
    sourceNamespace: text(99),
    sourceName: text(99),
    path: text(99),
    checksHealth: fc.boolean(),
    timeoutSeconds: fc.integer(),
    dependsOn: fc.array(text(9), { maxLength: 3 }),
    chart: text(99),
  },
  { requiredKeys: ['sourceKind', 'sourceNamespace', 'sourceName'] },
);
const status = fc.record(
  {
    apiVersion: text(128),
    kind: text(64),
    namespace: text(253),
    name: text(253),
    uid: text(64),
    generation: fc.integer(),
    resourceVersion: text(64),
    observedAt: instant,
    observedGeneration: fc.integer(),
    labels: fc.dictionary(text(9), text(9)),
    suspended: fc.boolean(),
    conditions: fc.array(condition, { maxLength: 3 }),
    revision: text(99),
    attemptedRevision: text(99),
    releaseRevision: text(99),
    handledReconcileAt: text(64),
    requestedAt: text(64),
    source,
    workload,
    image: fc.record({ name: text(99), tag: text(99), at: text(64) }, { requiredKeys: [] }),
    owner: text(99),
    inventory: fc.array(text(99), { maxLength: 4 }),
    unknownField: fc.anything(),
  },
  { requiredKeys: ['apiVersion', 'kind', 'namespace', 'name', 'uid', 'generation', 'resourceVersion', 'observedAt'] },
);
const base = { v: fc.constant(1), channel: text(64), epoch: fc.uuid(), sequence: fc.integer({ min: 1, max: 1e9 }) };
const required = ['v', 'type', 'epoch', 'sequence'] as const;
const deltas = fc.record(
  { ...base, type: fc.constant('deltas'), upserts: fc.array(status, { maxLength: 3 }), deletes: fc.array(key, { maxLength: 3 }) },
  { requiredKeys: [...required, 'upserts', 'deletes'] },
);
const snapshot = fc.record(
  { ...base, type: fc.constant('snapshot'), objects: fc.array(status, { maxLength: 3 }), start: fc.boolean(), end: fc.boolean(), digest: text(128) },
  { requiredKeys: [...required, 'objects', 'start', 'end'] },
);
const frame: fc.Arbitrary<Record<string, unknown>> = fc.oneof(deltas, snapshot);

/** Values that are wrong, or only just right, somewhere. */
const oddity = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    [],
    {},
    '',
    'x'.repeat(64),
    'x'.repeat(65),
    'x'.repeat(128),
    'x'.repeat(129),
    'x'.repeat(253),
    'x'.repeat(254),
    'x'.repeat(600),
    'x'.repeat(1025),
    0,
    -1,
    1.5,
    2 ** 53,
    1e300,
    true,
    'True',
    '2026-02-30T00:00:00Z',
    '2026-02-28T00:00:00+02:00',
    '2026-02-28',
    '2026-02-28T10:00Z',
    { a: 1 },
    [null],
  ),
  fc.jsonValue(),
);

/** Paths of every place in a JSON value. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, Array.isArray(value) ? Number(name) : name]))];
}
function replaceAt(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[first] = replaceAt(copy[first], rest, by);
  return copy;
}
function removeAt(value: unknown, path: readonly (string | number)[]): unknown {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], value);
  const copy = Array.isArray(parent)
    ? parent.filter((_, index) => index !== last)
    : Object.fromEntries(Object.entries(parent as object).filter(([name]) => name !== last));
  return replaceAt(value, path.slice(0, -1), copy);
}

/** As it comes off the wire. */
const wire = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');

function agree(value: unknown): void {
  const schema = agentMessage.safeParse(value);
  const expected = schema.success && (schema.data.type === 'deltas' || schema.data.type === 'snapshot') ? schema.data : null;
  const read = readDataFrame(value);
  if (expected === null) expect(read).toBeNull();
  else {
    const { v: _, ...rest } = expected;
    expect(read).toEqual(rest);
  }
}

describe('readDataFrame', () => {
  it('takes valid frames and gives what the schema gives', () => {
    fc.assert(
      fc.property(frame, (value) => {
        expect(readDataFrame(wire(value))).not.toBeNull();
        agree(wire(value));
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the schema wherever something odd is put or something is left out', () => {
    fc.assert(
      fc.property(frame, fc.nat(), oddity, fc.boolean(), (value, at, odd, remove) => {
        const json = wire(value);
        const all = places(json);
        const path = all[at % all.length] ?? [];
        agree(wire(remove ? removeAt(json, path) : replaceAt(json, path, odd)));
      }),
      { numRuns: 5_000 },
    );
  });

  it.each(['upserts', 'deletes'])('bounds %s', (name) => {
    const item = { apiVersion: 'a', kind: 'K', namespace: 'n', name: 'n', uid: 'u', generation: 1, resourceVersion: '1', observedAt: '2026-01-01T00:00:00Z' };
    const make = (count: number): unknown => ({
      v: 1,
      type: 'deltas',
      epoch: crypto.randomUUID(),
      sequence: 1,
      upserts: [],
      deletes: [],
      [name]: Array.from({ length: count }, () => item),
    });
    expect(readDataFrame(make(500))).not.toBeNull();
    expect(readDataFrame(make(501))).toBeNull();
    agree(make(501));
  });
});

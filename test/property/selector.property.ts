import { formatSelector, matches, parseSelector, type Requirement, SelectorError } from '@flotilla/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const name = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,8}[A-Za-z0-9])?$/);
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'c', 'in', 'notin') },
  name,
  fc.tuple(fc.constantFrom('example.com', 'x'), name).map((parts) => parts.join('/')),
);
const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('', '1', '2', 'eu', 'in') }, name);
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('exists' as const, 'absent' as const), values: fc.constant([]) }),
  fc.record({
    key,
    operator: fc.constantFrom('in' as const, 'notIn' as const),
    values: fc.uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => values.sort()),
  }),
  fc.record({ key, operator: fc.constantFrom('gt' as const, 'lt' as const), values: fc.integer().map((bound) => [String(bound)]) }),
);
const labels = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true });

/** The meaning of one requirement, written a second time and straight from the Kubernetes documentation. */
function oracle({ key: wanted, operator, values }: Requirement, present: Record<string, string>): boolean {
  const found = new Map(Object.entries(present)).get(wanted);
  const integer = found !== undefined && /^-?\d+$/.test(found) ? Number(found) : Number.NaN;
  const table = {
    exists: found !== undefined,
    absent: found === undefined,
    in: values.some((candidate) => candidate === found),
    notIn: !values.some((candidate) => candidate === found),
    gt: integer > Number(values[0]),
    lt: integer < Number(values[0]),
  };
  return table[operator];
}

describe('label selectors', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 6 }), (requirements) => {
        const text = formatSelector(requirements);
        fc.pre(text.length <= 1024);
        expect(parseSelector(text)).toEqual(requirements);
      }),
    );
  });

  it('matches exactly when every requirement holds', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), labels, (requirements, present) => {
        expect(matches(requirements, present)).toBe(requirements.every((one) => oracle(one, present)));
      }),
    );
  });

  it('gives requirements or a SelectorError inside the text, never anything else', () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom('a', 'in', 'notin', '=', '==', '!=', '!', '(', ')', ',', ' ', '>', '<', '1', 'x/y', '-'), fc.string({ maxLength: 3 })),
      { maxLength: 14 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        try {
          parseSelector(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SelectorError);
          if (error instanceof SelectorError) {
            expect(error.position).toBeGreaterThanOrEqual(0);
            expect(error.position).toBeLessThanOrEqual(text.length);
          }
        }
      }),
    );
  });
});

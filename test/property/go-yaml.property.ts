import { type JsonValue, writeGoYaml } from '@flotilla/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const fragments = fc.constantFrom(
  'a',
  'y',
  'no',
  'null',
  '~',
  '1',
  '0x1f',
  '1.5',
  '08',
  '2020-01-02',
  '-',
  '- a',
  ':',
  'a: b',
  '#x',
  'a #b',
  '@x',
  '...',
  '---',
  'é',
  '\t',
  '"q"',
  "it's",
  '\\',
  '*',
  '&a',
  '!x',
  '|',
  '{a}',
  '[x]',
  '?',
  ' ',
  '',
);
const text = fc.oneof(
  fragments,
  fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join(' ')),
  fc.array(fragments, { maxLength: 5 }).map((parts) => parts.join('\n')),
);
// the reader takes texts such as "e0" and "." for numbers, which YAML 1.1 does not
const key = fc
  .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 })
  .filter((name) => name !== '__proto__' && !/^[-+]?\.?_*([eE][-+]?\d+)?$/.test(name) && !/^[-+]?\._*$/.test(name));
const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

describe('writeGoYaml', () => {
  it('writes what a YAML 1.1 reader reads back', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(parse(writeGoYaml(given), { version: '1.1', uniqueKeys: false })).toEqual(given);
      }),
      { numRuns: 500 },
    );
  });
});

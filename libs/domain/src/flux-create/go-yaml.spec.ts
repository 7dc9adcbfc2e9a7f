import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type JsonValue, writeGoYaml } from './go-yaml.js';

describe('writeGoYaml', () => {
  it.each<[JsonValue, string]>([
    [{}, '{}\n'],
    [{ b: 1, a: [], c: { x: null } }, 'a: []\nb: 1\nc:\n  x: null\n'],
    [{ a: ['x', { y: 1, b: [1] }, [2, [3]]] }, 'a:\n- x\n- b:\n  - 1\n  "y": 1\n- - 2\n  - - 3\n'],
    [
      { a: 'true', b: '1', c: '', d: 'a: b', e: "it's", f: '- x', g: '-x', h: '2020-01-02', i: '1:30', j: '@x' },
      'a: "true"\nb: "1"\nc: ""\nd: \'a: b\'\ne: it\'s\nf: \'- x\'\ng: -x\nh: "2020-01-02"\ni: "1:30"\nj: \'@x\'\n',
    ],
    [{ a: 'x\ny', b: 'x\n', c: 'x\n\n', d: ' x\ny', e: 'x \ny' }, 'a: |-\n  x\n  y\nb: |\n  x\nc: |+\n  x\n\nd: |2-\n   x\n  y\ne: "x \\ny"\n'],
    [{ a10: 1, a9: 2, 'a.b': 3, ab: 4, B: 5 }, 'B: 5\na.b: 3\na9: 2\na10: 1\nab: 4\n'],
    [{ a: 0.5, b: 1234567.5, c: 1e21, d: 1e-5, e: 12345678 }, 'a: 0.5\nb: 1.2345675e+06\nc: 1e+21\nd: 1e-05\ne: 12345678\n'],
    [{ a: 'é', b: '😀', c: 'tab\there' }, 'a: é\nb: "\\U0001F600"\nc: "tab\\there"\n'],
    [
      { message: 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen' },
      'message: one two three four five six seven eight nine ten eleven twelve thirteen fourteen\n  fifteen sixteen\n',
    ],
  ])('%j', (value, expected) => {
    expect(writeGoYaml(value)).toBe(expected);
    expect(parse(expected, { version: '1.1' })).toEqual(value);
  });
});

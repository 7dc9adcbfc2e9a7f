import { describe, expect, it } from 'vitest';
import { formatTable } from './table.js';

describe('formatTable', () => {
  it('aligns columns and cuts nothing without a width', () => {
    expect(
      formatTable(
        ['Name', 'Message'],
        [
          ['a', 'x'.repeat(100)],
          ['long-name', 'y\nz'],
        ],
      ),
    ).toBe(`NAME       MESSAGE\na          ${'x'.repeat(100)}\nlong-name  y z\n`);
  });

  it('cuts the last column to the width', () => {
    const lines = formatTable(['Name', 'Message'], [['prod-eu-1', 'm'.repeat(100)]], 80)
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => line.length)).toEqual([18, 80]);
    expect(lines[1]?.endsWith('…')).toBe(true);
  });

  it('cuts the widest columns once the last is short', () => {
    const [line = ''] = formatTable([], [['c'.repeat(60), 'n'.repeat(60), 'ready', 'm'.repeat(40)]], 80).split('\n');
    expect(line).toHaveLength(80);
    expect(line).toContain(' ready ');
  });

  it('gives up cutting rather than the columns', () => {
    expect(formatTable([], [Array.from({ length: 12 }, () => 'abcdefghijkl')], 40).split('  ')).toHaveLength(12);
  });

  it('leaves the header out when there is none', () => {
    expect(formatTable([], [['a', 'b']])).toBe('a  b\n');
  });
});

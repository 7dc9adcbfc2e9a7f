import { describe, expect, it } from 'vitest';
import { formatFluxTable } from './flux-table.js';

describe('formatFluxTable', () => {
  it("prints flux's bytes", () => {
    // testdata/kustomization/get_kustomization_from_git.golden of flux2
    const row = ['tkfg', '6.3.5@sha1:67e2c98a', 'False', 'True', 'Applied revision: 6.3.5@sha1:67e2c98a'];
    expect(formatFluxTable(['Name', 'Revision', 'Suspended', 'Ready', 'Message'], [row])).toBe(
      [
        'NAME\tREVISION           \tSUSPENDED\tREADY\tMESSAGE                               \n',
        'tkfg\t6.3.5@sha1:67e2c98a\tFalse    \tTrue \tApplied revision: 6.3.5@sha1:67e2c98a\t\n',
      ].join(''),
    );
  });

  it('keeps the lines of a message, below each other', () => {
    expect(
      formatFluxTable(
        ['Name', 'Message'],
        [
          ['broken', 'one\nand two\n'],
          ['é', ''],
        ],
      ),
    ).toBe('NAME  \tMESSAGE \nbroken\tone    \t\n      \tand two\t\n      \t       \t\né     \t       \t\n');
  });

  it('leaves the header out when there is none', () => {
    expect(formatFluxTable([], [['a', 'b\nc']])).toBe('a\tb\t\n  \tc\t\n');
  });

  it('prints a header above nothing', () => {
    expect(formatFluxTable(['Name', 'Ready'], [])).toBe('NAME\tREADY \n');
    expect(formatFluxTable([], [])).toBe('');
  });
});

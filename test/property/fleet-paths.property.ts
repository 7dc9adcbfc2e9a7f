import { fileWithin, parseFleetPath, relatePaths } from '@flotilla/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const segment = fc.stringMatching(/^[A-Za-z0-9_][-A-Za-z0-9_]{0,6}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'));
const mirrored = { same: 'same', disjoint: 'disjoint', ancestor: 'descendant', descendant: 'ancestor' } as const;

describe('fleet paths', () => {
  it('reads a path it gave as itself', () => {
    fc.assert(fc.property(path, (text) => void expect(parseFleetPath(parseFleetPath(`./${text}/`))).toBe(text)));
  });
  it('relates a to b as b to a, mirrored', () => {
    fc.assert(fc.property(path, path, (a, b) => void expect(relatePaths(a, b)).toBe(mirrored[relatePaths(b, a)])));
  });
  it('finds every extension a descendant, whatever its case', () => {
    fc.assert(fc.property(path, path, (a, b) => void expect(relatePaths(`${a.toUpperCase()}/${b}`, a)).toBe('descendant')));
  });
  it('gives no path that leaves the repository, whatever is put in', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom('..', '.', '', '/', '\\', '.git', '~'), segment), { maxLength: 6 }), (parts) => {
        let full: string;
        try {
          full = fileWithin('clusters/a', parts.join('/'));
        } catch {
          return;
        }
        expect(full.startsWith('clusters/a/')).toBe(true);
        expect(full.split('/')).not.toContain('..');
      }),
    );
  });
});

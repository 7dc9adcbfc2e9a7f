import { FlotillaError } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { assertPathFree, fileWithin, parseFleetPath, pathPrefixes, relatePaths } from './fleet-path.js';

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : 'other';
  }
}

describe('fleet paths', () => {
  it.each([
    ['clusters/a', 'clusters/a'],
    ['./clusters/a/', 'clusters/a'],
    ['clusters//./a', 'clusters/a'],
    ['a', 'a'],
  ])('reads %s as %s', (text, expected) => expect(parseFleetPath(text)).toBe(expected));
  it.each(['', '.', './', '/etc', '~/x', 'C:/x', 'a/../b', '..', 'a\\b', '.git/hooks', 'a/.GIT', 'a/b\n', 'a/ b', '-rf', 'a/b.', `${'x'.repeat(600)}`])(
    'refuses "%s"',
    (text) => expect(codeOf(() => parseFleetPath(text))).toBe('path-invalid'),
  );
  it.each([
    ['a/b', 'a/b', 'same'],
    ['A/b', 'a/B', 'same'],
    ['a', 'a/b', 'ancestor'],
    ['a/b/c', 'a/b', 'descendant'],
    ['a/b', 'a/bc', 'disjoint'],
    ['a/b', 'c', 'disjoint'],
  ])('%s to %s: %s', (a, b, expected) => {
    expect(relatePaths(a, b)).toBe(expected);
  });
  it('names the cluster whose path is overlapped', () => {
    expect(() => assertPathFree('clusters', [{ name: 'prod', path: 'clusters/prod' }])).toThrow('cluster "prod"');
    expect(codeOf(() => assertPathFree('Clusters/PROD', [{ name: 'prod', path: 'clusters/prod' }]))).toBe('path-overlaps');
    expect(assertPathFree('clusters/prod-2', [{ name: 'prod', path: 'clusters/prod' }])).toBe('clusters/prod-2');
  });
  it('keeps files inside the subtree', () => {
    expect(fileWithin('clusters/a', 'apps/x.yaml')).toBe('clusters/a/apps/x.yaml');
    expect(codeOf(() => fileWithin('clusters/a', '../b/x.yaml'))).toBe('path-invalid');
    expect(codeOf(() => fileWithin('clusters/a', '/x.yaml'))).toBe('path-invalid');
  });
  it('lists the directories on the way', () => expect(pathPrefixes('a/b/c')).toEqual(['a', 'a/b', 'a/b/c']));
});

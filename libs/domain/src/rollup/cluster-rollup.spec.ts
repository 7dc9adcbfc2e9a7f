import { describe, expect, it } from 'vitest';
import { rollup, type RollupObject } from './cluster-rollup.js';
import { clusterStateAt, silentAfterMs, type StoredClusterState, worstOf } from './cluster-state.js';

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const source = (name: string, sha: string, over: Partial<RollupObject> = {}): RollupObject => ({
  kind: 'GitRepository',
  namespace: 'flux-system',
  name,
  state: 'ready',
  stage: null,
  message: '',
  revision: `main@sha1:${sha}`,
  sha,
  controlled: name !== 'flux-system',
  source: null,
  ...over,
});
const kustomization = (name: string, of: string, sha: string | null, over: Partial<RollupObject> = {}): RollupObject => ({
  kind: 'Kustomization',
  namespace: 'flux-system',
  name,
  state: 'ready',
  stage: null,
  message: '',
  revision: sha && `main@sha1:${sha}`,
  sha,
  controlled: false,
  source: `GitRepository/flux-system/${of}`,
  ...over,
});

describe('rollup', () => {
  it.each<[string, RollupObject[], string | null]>([
    [
      'the controlled source when all its Kustomizations are there',
      [source('flux-system', a), kustomization('flux-system', 'flux-system', a), source('fleet', b), kustomization('w', 'fleet', b)],
      b,
    ],
    ['none while one is behind', [source('fleet', b), kustomization('w', 'fleet', b), kustomization('x', 'fleet', a)], null],
    ['none while one was never applied', [source('fleet', b), kustomization('w', 'fleet', null)], null],
    ['none when nothing follows it', [source('fleet', b)], null],
    ['none when two controlled sources differ', [source('fleet', b), kustomization('w', 'fleet', b), source('more', a), kustomization('x', 'more', a)], null],
    ['the root source when none is controlled', [source('flux-system', a), kustomization('flux-system', 'flux-system', a)], a],
    ['none without any source', [], null],
  ])('gives the revision of %s', (_title, objects, sha) => expect(rollup(objects).revision).toBe(sha && `main@sha1:${sha}`));

  it('names the source before the workloads it fails', () => {
    const seen = rollup([
      kustomization('a', 'fleet', a, { state: 'failed', stage: 'fetch', message: 'm1' }),
      source('fleet', a, { state: 'failed', stage: 'fetch', message: 'no route' }),
    ]);
    expect(seen).toMatchObject({ worst: 'failing', failing: 2, reason: 'GitRepository/flux-system/fleet, fetch: no route (and 1 more)' });
  });

  it('does not count kinds without a status, and is not ready with nothing to count', () => {
    expect(rollup([source('x', a, { kind: 'Alert', state: 'none' })])).toMatchObject({ objects: 0, worst: 'progressing' });
  });

  it('is ready with a word where health is unknown', () => {
    expect(rollup([source('fleet', a), kustomization('w', 'fleet', a, { state: 'applied' })])).toMatchObject({
      worst: 'ready',
      ready: 2,
      reason: 'applied, health unknown: Kustomization/flux-system/w check no health',
    });
  });
});

describe('clusterStateAt', () => {
  const now = new Date('2026-01-01T00:01:00Z');
  const heard = (msAgo: number): Date => new Date(now.getTime() - msAgo);
  const stored: StoredClusterState = { worst: 'ready', worstSince: heard(9e5), worstReason: '', lastReceivedAt: heard(1000), contestedAt: null };
  it.each<[string, Partial<StoredClusterState>, string]>([
    ['heard lately', {}, 'ready'],
    ['one ms short of silence', { lastReceivedAt: heard(silentAfterMs - 1) }, 'ready'],
    ['silent', { lastReceivedAt: heard(silentAfterMs) }, 'unknown'],
    ['silent while failing', { worst: 'failing', lastReceivedAt: heard(silentAfterMs) }, 'unknown'],
    ['contested', { contestedAt: heard(5) }, 'unknown'],
    ['never heard', { lastReceivedAt: null }, 'joining'],
    ['of a state this version does not know', { worst: 'glorious' }, 'unknown'],
  ])('%s', (_title, over, state) => expect(clusterStateAt({ ...stored, ...over }, now).state).toBe(state));
});

it('ranks unknown worst and joining last', () =>
  expect([worstOf(['ready', 'unknown', 'failing']), worstOf(['ready', 'joining']), worstOf([])]).toEqual(['unknown', 'ready', 'joining']));

import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demoRepoDirectory } from './simulator.config.js';

describe('demoRepoDirectory', () => {
  it.each([
    [{}, resolve('.flotilla/git/fleet.git')],
    [{ FLOTILLA_DATA_DIR: '' }, resolve('.flotilla/git/fleet.git')],
    [{ FLOTILLA_DATA_DIR: '/data' }, '/data/git/fleet.git'],
  ])('of %o is absolute', (env, expected) => {
    expect(demoRepoDirectory(env)).toBe(expected);
  });
});

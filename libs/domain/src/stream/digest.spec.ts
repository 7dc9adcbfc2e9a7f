import { describe, expect, it } from 'vitest';
import { digestOf } from './digest.js';

const source = { kind: 'GitRepository', namespace: 'flux-system', name: 'apps', resourceVersion: '7' };
const workload = { kind: 'Kustomization', namespace: 'flux-system', name: 'apps', resourceVersion: '8' };

describe('digestOf', () => {
  it('gives the SHA-256 of nothing for the empty set', () => {
    expect(digestOf([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
  it('does not depend on the order', () => {
    expect(digestOf([source, workload])).toBe(digestOf([workload, source]));
  });
  it.each([
    ['another version', [{ ...source, resourceVersion: '9' }, workload]],
    ['a missing object', [source]],
    ['another namespace', [{ ...source, namespace: 'apps' }, workload]],
  ])('changes with %s', (_title, entries) => {
    expect(digestOf(entries)).not.toBe(digestOf([source, workload]));
  });
});

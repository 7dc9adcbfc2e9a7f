import { describe, expect, it } from 'vitest';
import { isStaleEvent, pushedBranch, readFluxEvent, revisionOfEvent } from './hook-event.js';

describe('hook bodies', () => {
  const now = new Date('2026-05-03T12:00:00Z');
  it.each([
    ['2026-05-03T11:55:00Z', false],
    ['2026-05-03T11:49:00Z', true],
    ['2026-05-03T12:11:00Z', true],
    ['yesterday', true],
  ])('an event of %s is stale: %s', (timestamp, stale) => expect(isStaleEvent(timestamp, now)).toBe(stale));
  it.each([
    [{ ref: 'refs/heads/release/1' }, 'release/1'],
    [{ ref: 'refs/tags/v1' }, null],
    [{}, null],
    ['x', null],
  ])('the branch of %j', (body, branch) => expect(pushedBranch(body)).toBe(branch));
  it.each([
    [{ revision: 'main@sha1:a' }, 'main@sha1:a'],
    [{ 'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:a' }, 'main@sha1:a'],
    [{ 'helm.toolkit.fluxcd.io/revision': '6.5.0' }, '6.5.0'],
    [{ revision: 7, summary: 'x' }, null],
    [null, null],
    [undefined, null],
  ])('the revision in %j', (metadata, revision) => {
    const event = readFluxEvent({ timestamp: 't', involvedObject: { kind: 'Kustomization', name: 'a' }, metadata });
    expect(event && revisionOfEvent(event)).toBe(revision);
  });
  it('a Flux event needs an object and a time', () => {
    expect(readFluxEvent({ timestamp: 't', involvedObject: { kind: 'Kustomization', name: 'a' } })).toMatchObject({ involvedObject: { namespace: '' } });
    expect(readFluxEvent({ involvedObject: { kind: 'Kustomization', name: 'a' } })).toBeNull();
  });
});

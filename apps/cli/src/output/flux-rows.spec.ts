import { describe, expect, it } from 'vitest';
import { anObject, shaA } from '../../../../test/support/cli/builders.js';
import { fluxHeader, fluxKinds, fluxRow, parseStatusSelector, truncateHex } from './flux-rows.js';

function kindOf(name: string) {
  const found = fluxKinds.find(({ kind }) => kind === name);
  if (!found) throw new Error(name);
  return found;
}

describe('rows as flux prints them', () => {
  it('shortens hashes in revision and message', () => {
    expect(fluxRow(kindOf('Kustomization'), anObject(), { namespaces: true })).toEqual([
      'flux-system',
      'apps',
      'main@sha1:1f7a5c3e',
      'False',
      'True',
      'Applied revision: main@sha1:1f7a5c3e',
    ]);
    expect(fluxHeader(kindOf('Kustomization'), { namespaces: true, source: true })).toEqual([
      'Namespace',
      'Name',
      'Source',
      'Revision',
      'Suspended',
      'Ready',
      'Message',
    ]);
  });

  it('keeps chart versions and HelmRelease messages whole', () => {
    const message = `upgrade to ${shaA}`;
    const release = anObject({
      status: { kind: 'HelmRelease', revision: `1.2.3+${shaA}`, conditions: [{ type: 'Ready', status: 'True', reason: '', message }] },
    });
    expect(fluxRow(kindOf('HelmRelease'), release)).toEqual(['apps', `1.2.3+${shaA}`, 'False', 'True', message]);
    const refused = { ...release, status: { ...release.status, releaseRevision: '1.3.0' } };
    expect(fluxRow(kindOf('HelmRelease'), refused)[1]).toBe('1.3.0');
    const chart = anObject({ status: { kind: 'HelmChart', revision: '1.2.3', conditions: [{ type: 'Ready', status: 'True', reason: '', message }] } });
    expect(fluxRow(kindOf('HelmChart'), chart)).toEqual(['apps', '1.2.3', 'False', 'True', 'upgrade to 1f7a5c3e']);
  });

  it('shows what image automation found and when it looked', () => {
    const at = '2026-05-03T10:00:00Z';
    const of = (kind: string, image: object) => fluxRow(kindOf(kind), anObject({ status: { kind, image } })).slice(1, 3);
    expect(of('ImageRepository', { at })).toEqual([at, 'False']);
    expect(of('ImageUpdateAutomation', { at })).toEqual([at, 'False']);
    expect(of('ImagePolicy', { name: 'ghcr.io/x/web', tag: '1.1.0' })).toEqual(['ghcr.io/x/web', '1.1.0']);
    expect(of('ImagePolicy', {})).toEqual(['', '']);
    expect(fluxHeader(kindOf('ImageRepository'))).toEqual(['Name', 'Last scan', 'Suspended', 'Ready', 'Message']);
  });

  it('says False and waiting without conditions, and True for kinds without a status', () => {
    const empty = anObject({ status: { conditions: [], suspended: true } });
    expect(fluxRow(kindOf('Kustomization'), empty).slice(2)).toEqual(['True', 'False', 'waiting to be reconciled']);
    expect(fluxRow(kindOf('Alert'), empty)).toEqual(['apps', 'True', 'True', 'Alert is Ready']);
    expect(fluxRow(kindOf('Provider'), empty)).toEqual(['apps', 'True', 'Provider is Ready']);
    const oci = anObject({ status: { kind: 'HelmRepository', conditions: [], source: { url: 'oci://ghcr.io/x' } } });
    expect(fluxRow(kindOf('HelmRepository'), oci).slice(-2)).toEqual(['True', 'Helm repository is Ready']);
    const untyped = {
      ...oci,
      status: { ...oci.status, conditions: [{ type: 'Ready', status: 'False' as const, reason: 'Failed', message: 'no such scheme' }] },
    };
    expect(fluxRow(kindOf('HelmRepository'), untyped).slice(-2)).toEqual(['False', 'no such scheme']);
  });

  it('is never greener than what was heard last', () => {
    expect(fluxRow(kindOf('Kustomization'), anObject({ stale: true })).slice(-2)).toEqual([
      'Unknown',
      'nothing heard since 2026-05-03T14:07:00.000Z; was True: Applied revision: main@sha1:1f7a5c3e',
    ]);
  });

  it('puts the kind before names when several are listed', () => {
    expect(fluxRow(kindOf('Kustomization'), anObject(), { kinds: true })[0]).toBe('kustomization/apps');
  });

  it('shortens only whole words of 40 to 128 hexadecimal digits', () => {
    const words = [shaA, shaA.slice(1), `${shaA}g`, 'a'.repeat(129), 'b'.repeat(128)].join(' ');
    expect(truncateHex(words)).toBe(['1f7a5c3e', shaA.slice(1), `${shaA}g`, 'a'.repeat(129), 'bbbbbbbb'].join(' '));
  });

  it.each([
    ['ready=true', true],
    ['READY=True', true],
    ['ready!=true', false],
    ['ready=false', false],
    ['Healthy=true', false],
    ['healthy!=true', true],
  ])('selects by %s', (selector, expected) => {
    expect(parseStatusSelector(selector)?.(anObject(), kindOf('Kustomization'))).toBe(expected);
  });
  it.each([
    ['ready=false', anObject({ status: { conditions: [] } }), 'Kustomization', false],
    ['ready=unknown', anObject({ stale: true }), 'Kustomization', true],
    ['ready=true', anObject({ status: { conditions: [] } }), 'Alert', true],
    ['ready=false', anObject({ status: { conditions: [] } }), 'Provider', false],
    ['healthy=true', anObject(), 'Alert', false],
  ])('selects by conditions that are set: %s (%#)', (selector, object, kind, expected) => {
    expect(parseStatusSelector(selector)?.(object, kindOf(kind))).toBe(expected);
  });
  it('refuses a status selector without a sign', () => expect(parseStatusSelector('ready')).toBeUndefined());
});

import type { ObjectStatus } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { commitOf, commitPrefixOf } from './revision.js';
import { gatedSeconds, previewTarget, type RollbackCandidate, ungatedSecondsDefault } from './preview-target.js';

const good = 'a'.repeat(40);
const bad = 'b'.repeat(40);
const base = {
  apiVersion: 'v1',
  uid: 'u',
  generation: 1,
  observedGeneration: 1,
  resourceVersion: '1',
  labels: {},
  suspended: false,
  conditions: [],
  observedAt: '2026-01-01T00:00:00Z',
};
const source = (over: Partial<ObjectStatus> = {}): ObjectStatus => ({
  ...base,
  kind: 'GitRepository',
  namespace: 'flux-system',
  name: 'fleet',
  labels: { 'flotilla.dev/controlled': 'true' },
  revision: `main@sha1:${bad}`,
  source: { url: 'https://git/x', branch: 'main' },
  ...over,
});
const root = source({ name: 'flux-system', labels: {} });
const workload = (over: Partial<ObjectStatus> = {}): ObjectStatus => ({
  ...base,
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'workloads',
  revision: `main@sha1:${bad}`,
  inventory: ['apps_web_apps_Deployment', 'apps_new_apps_Deployment'],
  workload: { sourceKind: 'GitRepository', sourceNamespace: 'flux-system', sourceName: 'fleet', checksHealth: true, timeoutSeconds: 180, dependsOn: [] },
  ...over,
});
const candidate = (over: Partial<RollbackCandidate> = {}): RollbackCandidate => ({
  clusterId: 'c1',
  cluster: 'one',
  fresh: true,
  everReported: true,
  readOnly: false,
  objects: [root, source(), workload()],
  inventories: new Map([['flux-system/workloads', ['apps_web_apps_Deployment']]]),
  cancelsHealthChecks: true,
  commitInRepo: true,
  hasPath: true,
  ...over,
});
const request = { sha: good, to: `main@sha1:${good}`, method: 'tag' as const, gitReachable: true, accepted: [] as string[] };

describe('preview of one cluster', () => {
  it('tells what changes, what is deleted and how long it takes', () => {
    expect(previewTarget(candidate(), request)).toMatchObject({
      source: { namespace: 'flux-system', name: 'fleet' },
      from: `main@sha1:${bad}`,
      held: null,
      deletions: ['Deployment apps/new'],
      deletionsKnown: true,
      worstCaseSeconds: gatedSeconds,
      unchanged: false,
      warnings: ['1 objects that were added since would be deleted'],
    });
  });
  it.each<[string, Partial<RollbackCandidate>, RegExp]>([
    ['no report', { everReported: false }, /no agent/],
    ['no controlled source', { objects: [root, workload()] }, /no GitRepository/],
    ['several controlled sources', { objects: [source({ name: 'a' }), source({ name: 'b' })] }, /several controlled sources \(a, b\)/],
    [
      'a commit that Git declares',
      { objects: [source({ source: { url: 'x', branch: 'main', commit: bad, commitOwner: 'kustomize-controller' } })] },
      /Git itself declares the commit/,
    ],
    ['a tag that Git declares', { objects: [source({ source: { url: 'x', branch: 'main', tag: 'v1' } })] }, /declares the tag v1/],
    ['another repo', { commitInRepo: false }, /does not hold the commit/],
    ['neither pin nor path', { readOnly: true, hasPath: false }, /neither a pin nor a commit/],
    ['no inventory then', { inventories: new Map() }, /not known/],
    [
      'a namespace deleted',
      { inventories: new Map([['flux-system/workloads', []]]), objects: [source(), workload({ inventory: ['_shop__Namespace'] })] },
      /over the deletion budget/,
    ],
  ])('is held for %s', (_, over, reason) => {
    expect(previewTarget(candidate(over), request).held).toMatch(reason);
  });
  it('lets deletions through that were accepted by name, and nothing else', () => {
    expect(previewTarget(candidate({ inventories: new Map() }), { ...request, accepted: ['one'] }).held).toBeNull();
    expect(previewTarget(candidate({ inventories: new Map() }), { ...request, accepted: ['two'] }).held).not.toBeNull();
    expect(previewTarget(candidate({ commitInRepo: false }), { ...request, accepted: ['one'] }).held).not.toBeNull();
  });
  it('never steers the root, even by name', () => {
    expect(previewTarget(candidate(), { ...request, source: 'flux-system' }).held).toMatch(/root source/);
    expect(previewTarget(candidate(), { ...request, source: 'flux-system', method: 'revert' })).toMatchObject({ source: { name: 'flux-system' }, held: null });
  });
  it('steers a source whose tag or pin is the hub’s own', () => {
    const steered = source({ source: { url: 'x', branch: 'main', tag: 'fleet/3', commit: bad, commitOwner: 'flotilla-pin' } });
    expect(previewTarget(candidate({ objects: [steered, workload()] }), request).held).toBeNull();
  });
  it('states the worst case when the gate is not known', () => {
    expect(previewTarget(candidate({ cancelsHealthChecks: null }), request).worstCaseSeconds).toBe(180);
    const untimed = workload({
      workload: { sourceKind: 'GitRepository', sourceNamespace: 'flux-system', sourceName: 'fleet', checksHealth: true, dependsOn: [] },
    });
    expect(previewTarget(candidate({ cancelsHealthChecks: false, objects: [source(), untimed] }), request).worstCaseSeconds).toBe(ungatedSecondsDefault);
  });
  it('prints the lines that freeze the cluster when Git is down', () => {
    expect(previewTarget(candidate(), { ...request, gitReachable: false }).warnings.join()).toContain('kubectl -n flux-system patch gitrepository fleet');
  });
  it('knows a cluster that is there already', () => {
    const there = { revision: `main@sha1:${good}` };
    expect(previewTarget(candidate({ objects: [source(there), workload(there)], inventories: new Map() }), request)).toMatchObject({
      unchanged: true,
      held: null,
      deletions: [],
    });
  });
});

describe('revisions', () => {
  it.each([
    [`main@sha1:${good}`, good],
    [`fleet/3@sha1:${good}`, good],
    [`sha1:${good}`, good],
    [`main/${good}`, null],
    ['main@sha1:abc', null],
    [undefined, null],
  ])('commitOf %s', (text, sha) => expect(commitOf(text)).toBe(sha));
  it.each([
    ['ABCDEF0', 'abcdef0'],
    [` ${good} `, good],
    [`main@sha1:${good}`, good],
    ['main', null],
    ['abcde', null],
  ])('commitPrefixOf %s', (text, prefix) => expect(commitPrefixOf(text)).toBe(prefix));
});

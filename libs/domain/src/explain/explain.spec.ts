import type { Condition, ObjectStatus } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { explain, type ExplainFacts } from './explain.js';

const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
const at = '2026-01-01T00:00:00.000Z';
const later = '2026-01-01T00:05:00.000Z';
const ready = (status: Condition['status'], reason = 'Succeeded', message = 'm'): Condition => ({
  type: 'Ready',
  status,
  reason,
  message,
  lastTransitionTime: at,
});
const anObject = (kind: string, name: string, sha: string, over: Partial<ObjectStatus> = {}): ObjectStatus => ({
  apiVersion: 'v1',
  kind,
  namespace: 'flux-system',
  name,
  uid: name,
  generation: 1,
  observedGeneration: 1,
  resourceVersion: '1',
  labels: {},
  suspended: false,
  conditions: [ready('True')],
  observedAt: at,
  revision: `main@sha1:${sha}`,
  ...over,
});
const source = (sha: string, over: Partial<ObjectStatus> = {}): ObjectStatus =>
  anObject('GitRepository', 'fleet', sha, { labels: { 'flotilla.dev/controlled': 'true' }, source: { url: 'u', branch: 'main' }, ...over });
const workload = (sha: string, over: Partial<ObjectStatus> = {}): ObjectStatus =>
  anObject('Kustomization', 'web', sha, {
    attemptedRevision: `main@sha1:${sha}`,
    workload: { sourceKind: 'GitRepository', sourceNamespace: 'flux-system', sourceName: 'fleet', checksHealth: true, dependsOn: [] },
    ...over,
  });
const release = (over: Partial<ObjectStatus> = {}): ObjectStatus =>
  anObject('HelmRelease', 'chart', a, { revision: '1.2.3', owner: 'flux-system/web', ...over });
const facts = (objects: ObjectStatus[], over: Partial<ExplainFacts> = {}): ExplainFacts => ({
  cluster: 'c',
  sha: b,
  objects,
  agent: { lastReceivedAt: new Date(at), silent: false, contested: false },
  rollbacks: [],
  runsSince: new Map([['Kustomization/flux-system/web', new Date(at)]]),
  ...over,
});
const rollback = { number: 3, to: `main@sha1:${a}`, owner: 'user:ada', reason: 'bad', sourceNamespace: 'flux-system', sourceName: 'fleet' };
const tried = (reason: string, message = 'm'): Partial<ObjectStatus> => ({
  attemptedRevision: `main@sha1:${b}`,
  conditions: [ready('False', reason, message)],
});
const noHealth = { workload: { ...(workload(b).workload as NonNullable<ObjectStatus['workload']>), checksHealth: false } };

describe('explain', () => {
  it.each<[string, ExplainFacts, boolean, string[]]>([
    ['it is there', facts([source(b), workload(b)]), true, []],
    ['health is not checked', facts([source(b), workload(b, noHealth)]), true, ['health-unknown']],
    ['never reported', facts([], { agent: { lastReceivedAt: null, silent: false, contested: false } }), false, ['agent-never-reported']],
    ['silent', facts([source(b), workload(b)], { agent: { lastReceivedAt: new Date(at), silent: true, contested: false } }), false, ['agent-silent']],
    ['contested', facts([source(b), workload(b)], { agent: { lastReceivedAt: new Date(at), silent: false, contested: true } }), false, ['agent-contested']],
    ['no Flux', facts([]), false, ['no-source']],
    ['the source is behind', facts([source(a), workload(a)]), false, ['source-behind']],
    ['the source has it, the workload does not yet', facts([source(b), workload(a)]), false, ['not-reconciled']],
    ['the source is behind, and the workload behind it', facts([source(a), workload('d'.repeat(40))]), false, ['source-behind', 'not-reconciled']],
    ['the source fails', facts([source(a, { conditions: [ready('False', 'GitOperationFailed')] }), workload(a)]), false, ['source-failing']],
    ['the source is suspended', facts([source(a, { suspended: true }), workload(a)]), false, ['suspended']],
    ['rolled back', facts([source(a), workload(a)], { rollbacks: [rollback] }), false, ['rolled-back']],
    ['pinned by hand', facts([source(a, { source: { url: 'u', branch: 'main', commit: a } }), workload(a)]), false, ['source-steered']],
    ['the workload is suspended', facts([source(b), workload(a, { suspended: true })]), false, ['suspended']],
    ['the build fails', facts([source(b), workload(a, tried('BuildFailed'))]), false, ['build-failed']],
    ['it is not healthy', facts([source(b), workload(a, tried('HealthCheckFailed'))]), false, ['health-failed']],
    ['it was healthy at the revision and no longer is', facts([source(b), workload(b, tried('HealthCheckFailed'))]), false, ['health-failed']],
    ['a dependency is not ready', facts([source(b), workload(a, tried('DependencyNotReady'))]), false, ['dependency-not-ready']],
    ['under way', facts([source(b), workload(a, { conditions: [ready('Unknown')] })]), false, ['in-progress']],
    ['nothing follows the source', facts([source(b)]), false, ['no-workload']],
    ['a HelmRelease was not reconciled since', facts([source(b), workload(b), release()]), false, ['helm-not-reconciled-since']],
    [
      'a HelmRelease was reconciled before',
      facts([source(b), workload(b), release({ handledReconcileAt: '2025-12-31T00:00:00Z' })]),
      false,
      ['helm-not-reconciled-since'],
    ],
    ['a HelmRelease was reconciled since', facts([source(b), workload(b), release({ handledReconcileAt: later })]), true, []],
    ['a HelmRelease fails', facts([source(b), workload(b), release({ conditions: [ready('False', 'UpgradeFailed')] })]), false, ['upgrade-failed']],
    ['kinds without a status say nothing', facts([source(b), workload(b), anObject('Alert', 'x', a, { conditions: [] })]), true, []],
    ['a source of another repository says nothing', facts([source(b), workload(b), source(a, { name: 'other' })]), true, []],
  ])('%s', (_title, given, there, codes) => {
    const explanation = explain(given);
    expect([explanation.at, explanation.reasons.map((found) => found.code)]).toEqual([there, codes]);
    expect(explanation.reasons.every((found) => found.message !== '' && found.remedy !== '')).toBe(true);
    expect(explanation.since).toEqual(there ? new Date(at) : null);
  });
});

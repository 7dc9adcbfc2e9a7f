import type { ObjectStatus } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { releasesToReconcile } from './release-due.js';

const applied = new Date('2026-01-02T03:00:00Z');
const condition = (status: 'True' | 'False' | 'Unknown') => ({
  ...{ type: 'Ready', status, reason: 'ReconciliationSucceeded', message: '', lastTransitionTime: '2026-01-02T04:00:00Z' },
});
const an = (kind: string, name: string, over: Partial<ObjectStatus> = {}): ObjectStatus => ({
  ...{ apiVersion: 'v1', kind, namespace: 'flux-system', name, uid: name, generation: 1, observedGeneration: 1, resourceVersion: '1' },
  ...{ labels: {}, suspended: false, conditions: [condition('True')], observedAt: '2026-01-02T05:00:00Z' },
  ...over,
});
const owner = (over: Partial<ObjectStatus> = {}) => an('Kustomization', 'web', over);
const release = (over: Partial<ObjectStatus> = {}) => an('HelmRelease', 'podinfo', { owner: 'flux-system/web', ...over });

describe('releases to reconcile', () => {
  it.each<[string, ObjectStatus, ObjectStatus, Date | undefined, boolean]>([
    ['never asked', owner(), release(), applied, true],
    ['asked before the revision was applied', owner(), release({ handledReconcileAt: '2026-01-02T02:59:59.999Z' }), applied, true],
    ['asked since, though Ready began again later', owner(), release({ handledReconcileAt: '2026-01-02T03:00:00Z' }), applied, false],
    ['asked before Ready began, no ledger', owner(), release({ handledReconcileAt: '2026-01-02T03:00:00Z' }), undefined, true],
    ['asked with something that is no time', owner(), release({ handledReconcileAt: 'now' }), applied, true],
    ['suspended', owner(), release({ suspended: true }), applied, false],
    ['of another Kustomization', owner(), release({ owner: 'flux-system/other' }), applied, false],
    ['its Kustomization is at work', owner({ conditions: [condition('Unknown')] }), release(), applied, false],
    ['its Kustomization failed', owner({ conditions: [condition('False')] }), release(), applied, false],
    ['its Kustomization is suspended', owner({ suspended: true }), release(), applied, false],
  ])('%s', (_title, kustomization, found, at, due) => {
    expect(releasesToReconcile(kustomization, [found], at)).toEqual(due ? [found] : []);
  });
});

import type { Condition, ObjectStatus } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { objectState } from './object-state.js';

const at = '2026-01-02T03:04:05Z';
const ready = (status: Condition['status'], reason = 'ReconciliationSucceeded', message = 'fine', extra: Partial<Condition> = {}): Condition => ({
  type: 'Ready',
  status,
  reason,
  message,
  lastTransitionTime: at,
  ...extra,
});
const aStatus = (over: Partial<ObjectStatus> = {}): ObjectStatus => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'apps',
  uid: 'u',
  generation: 3,
  observedGeneration: 3,
  resourceVersion: '9',
  labels: {},
  suspended: false,
  conditions: [ready('True')],
  observedAt: at,
  workload: { sourceKind: 'GitRepository', sourceNamespace: 'flux-system', sourceName: 'fleet', checksHealth: true, dependsOn: [] },
  ...over,
});
const unobserved = (status: ObjectStatus): ObjectStatus => {
  const copy = { ...status };
  delete copy.observedGeneration;
  return copy;
};
const failed = (reason: string, message = 'no'): Partial<ObjectStatus> => ({
  observedGeneration: 2,
  conditions: [
    { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message: '' },
    ready('False', reason, message, { observedGeneration: 3 }),
  ],
});
const workload = aStatus().workload ?? { sourceKind: '', sourceNamespace: '', sourceName: '', checksHealth: false, dependsOn: [] };

describe('objectState', () => {
  it.each<[string, Partial<ObjectStatus>, string, string | null]>([
    ['Ready at its generation', {}, 'ready', null],
    ['Ready, but nothing checks health', { workload: { ...workload, checksHealth: false } }, 'applied', null],
    ['Ready of an older generation', { generation: 4 }, 'progressing', null],
    [
      'Ready while reconciling',
      { conditions: [ready('True'), { type: 'Reconciling', status: 'True', reason: 'Progressing', message: '' }] },
      'progressing',
      null,
    ],
    ['Ready without an observed generation', unobserved(aStatus()), 'progressing', null],
    ['suspended, whatever its conditions say', { suspended: true }, 'suspended', null],
    ['suspended while failing', { suspended: true, ...failed('BuildFailed') }, 'suspended', 'build'],
    ['no conditions yet', { conditions: [] }, 'progressing', null],
    ['Ready unknown', { conditions: [ready('Unknown', 'Progressing')] }, 'progressing', null],
    ['failing with retries, which kstatus calls in progress', failed('HealthCheckFailed'), 'failed', 'health'],
    ['failing an older spec', { conditions: [ready('False', 'BuildFailed', '', { observedGeneration: 2 })] }, 'progressing', null],
    ['a dependency that is not ready', failed('DependencyNotReady'), 'progressing', 'dependency'],
    ['a source without an artifact yet', failed('ArtifactFailed', 'Source artifact not found, retrying in 30s'), 'progressing', 'fetch'],
    ['a source that is gone', failed('ArtifactFailed', "GitRepository 'x' not found"), 'failed', 'fetch'],
    ['a path that is not there', failed('ArtifactFailed', 'kustomization path not found: stat /tmp/x: no such file'), 'failed', 'build'],
    ['secrets that do not decrypt', failed('BuildFailed', 'cannot decrypt: no key'), 'failed', 'decrypt'],
    ['a dry run that fails', failed('ReconciliationFailed', 'Deployment/a/b dry-run failed (Invalid)'), 'failed', 'validate'],
    ['an apply that fails', failed('ReconciliationFailed', 'timeout'), 'failed', 'apply'],
    ['a prune that fails', failed('PruneFailed'), 'failed', 'prune'],
    ['a health wait cancelled for a newer revision', failed('HealthCheckCanceled'), 'progressing', null],
    ['stalled', { conditions: [ready('False', 'InvalidPath'), { type: 'Stalled', status: 'True', reason: 'InvalidPath', message: 'x' }] }, 'failed', 'build'],
  ])('%s', (_title, over, state, stage) => {
    const base = unobserved(aStatus());
    expect(objectState('observedGeneration' in over || !('apiVersion' in over) ? aStatus(over) : { ...base, ...over })).toMatchObject({ state, stage });
  });

  it.each<[string, Partial<ObjectStatus>, string]>([
    ['Alert', { conditions: [] }, 'none'],
    ['Provider', { conditions: [] }, 'none'],
    ['Alert', { conditions: [], suspended: true }, 'suspended'],
    ['HelmRepository', { conditions: [], observedGeneration: -1, source: { url: 'oci://ghcr.io/x' } }, 'none'],
    ['HelmRepository', { conditions: [], observedGeneration: -1, source: { url: 'https://charts.example' } }, 'progressing'],
    ['GitRepository', { conditions: [ready('False', 'GitOperationFailed')] }, 'failed'],
    ['HelmRelease', { conditions: [ready('True')] }, 'ready'],
    ['HelmRelease', { conditions: [ready('False', 'InstallFailed')] }, 'failed'],
  ])('%s %j is %s', (kind, over, state) => {
    expect(objectState(aStatus({ kind, ...over })).state).toBe(state);
  });

  it('takes conditions of kinds that observe no generation', () => {
    const status = unobserved(aStatus({ kind: 'ExternalArtifact' }));
    expect(objectState(status).state).toBe('ready');
    expect(objectState({ ...status, conditions: [ready('True', '', '', { observedGeneration: 2 })] }).state).toBe('progressing');
  });
});

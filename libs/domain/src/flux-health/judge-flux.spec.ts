import { describe, expect, it } from 'vitest';
import { isKubernetesSupported, judgeDeployment, judgeReady, judgeReconciled } from './judge-flux.js';

const revision = 'main@sha1:aaaa';
const kustomization = (status: object, spec: object = {}) => ({
  metadata: { generation: 2 },
  spec,
  status: { observedGeneration: 2, lastAttemptedRevision: revision, conditions: [{ type: 'Ready', status: 'True', message: 'ok' }], ...status },
});

describe('judgeReconciled', () => {
  it.each([
    ['ready at the revision', kustomization({}), 'ready'],
    ['absent', null, 'waiting'],
    ['at another revision', kustomization({ lastAttemptedRevision: 'main@sha1:bbbb' }), 'waiting'],
    ['ready for an older generation', kustomization({ observedGeneration: 1 }), 'waiting'],
    ['not looked at', { metadata: { generation: 1 }, status: {} }, 'waiting'],
    ['not ready', kustomization({ conditions: [{ type: 'Ready', status: 'False', reason: 'BuildFailed', message: 'no' }] }), 'failed'],
    ['unknown', kustomization({ conditions: [{ type: 'Ready', status: 'Unknown', message: 'busy' }] }), 'waiting'],
    ['suspended', kustomization({}, { suspend: true }), 'suspended'],
  ])('%s', (_, object, state) => expect(judgeReconciled(object, [revision]).state).toBe(state));
  it('reads the artifact of a source', () => {
    expect(
      judgeReconciled(
        { metadata: { generation: 1 }, status: { observedGeneration: 1, artifact: { revision }, conditions: [{ type: 'Ready', status: 'True' }] } },
        [revision],
      ).state,
    ).toBe('ready');
  });
});

it('is ready at whatever revision where none is asked for', () => {
  expect(judgeReady(kustomization({ lastAttemptedRevision: 'fleet/7@sha1:bbbb' }))).toEqual({ state: 'ready', detail: 'at fleet/7@sha1:bbbb' });
  expect(judgeReconciled(kustomization({ lastAttemptedRevision: 'main@sha1:bbbb' }), [revision]).detail).toBe('it is at main@sha1:bbbb');
});

describe('judgeDeployment', () => {
  const deployment = (status: object) => ({
    metadata: { generation: 1 },
    spec: { replicas: 1 },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
  });
  it.each([
    ['rolled out', deployment({}), 'ready'],
    ['absent', null, 'waiting'],
    ['old pods left', deployment({ replicas: 2 }), 'waiting'],
    ['not available', deployment({ availableReplicas: 0 }), 'waiting'],
    ['not observed', deployment({ observedGeneration: 0 }), 'waiting'],
    ['stuck', deployment({ conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }), 'failed'],
  ])('%s', (_, object, state) => expect(judgeDeployment(object).state).toBe(state));
});

it.each([
  ['v1.36.3', true],
  ['v1.33.0', true],
  ['v1.32.9', false],
  ['v1.33.1-eks-1', true],
  ['nonsense', false],
])('Kubernetes %s: %s', (version, expected) => expect(isKubernetesSupported(version)).toBe(expected));

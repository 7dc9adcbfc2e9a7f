import { objectStatus } from '@flotilla/contracts/agent';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube/kube-api.js';
import { collectObjectStatus } from './object-status.js';

const at = '2026-08-07T12:00:00.000Z';
const sha = '4f3c2b1a0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a';
const owner = { 'kustomize.toolkit.fluxcd.io/name': 'flux-system', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' };
const meta = { name: 'apps', namespace: 'flux-system', uid: '0b1c2d3e-0000-4000-8000-000000000001', generation: 3, resourceVersion: '1042', labels: owner };
const ready = {
  type: 'Ready',
  status: 'True',
  reason: 'ReconciliationSucceeded',
  message: `Applied revision: main@sha1:${sha}`,
  observedGeneration: 3,
  lastTransitionTime: '2026-08-07T11:59:00Z',
};

const kustomization: KubeObject = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { ...meta, annotations: { 'reconcile.fluxcd.io/requestedAt': '2026-08-07T11:58:00Z' } },
  spec: {
    interval: '10m0s',
    path: './apps',
    prune: true,
    wait: true,
    timeout: '3m0s',
    sourceRef: { kind: 'GitRepository', name: 'fleet' },
    dependsOn: [{ name: 'infra' }, { name: 'crds', namespace: 'base' }],
  },
  status: {
    conditions: [ready],
    observedGeneration: 3,
    lastAppliedRevision: `main@sha1:${sha}`,
    lastAttemptedRevision: `main@sha1:${sha}`,
    lastHandledReconcileAt: '2026-08-07T11:58:00Z',
    inventory: {
      entries: [
        { id: 'shop_web_apps_Deployment', v: 'v1' },
        { id: '_shop__Namespace', v: 'v1' },
      ],
    },
  },
};

const gitRepository: KubeObject = {
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  metadata: {
    ...meta,
    managedFields: [
      { manager: 'kustomize-controller', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:url': {}, 'f:ref': { 'f:branch': {} } } } },
      { manager: 'flotilla-pin', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:ref': { 'f:commit': {} } } } },
    ],
  },
  spec: { url: 'ssh://git@github.com/acme/fleet', ref: { branch: 'main', commit: sha } },
  status: { observedGeneration: 3, artifact: { revision: `main@sha1:${sha}` }, conditions: [] },
};

function status(object: KubeObject) {
  const found = collectObjectStatus(object, at);
  expect(objectStatus.parse(found)).toEqual(found);
  return found;
}

describe('collectObjectStatus', () => {
  it('reads a Kustomization', () => {
    expect(status(kustomization)).toEqual({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: 'flux-system',
      name: 'apps',
      uid: meta.uid,
      generation: 3,
      observedGeneration: 3,
      resourceVersion: '1042',
      labels: owner,
      suspended: false,
      conditions: [ready],
      revision: `main@sha1:${sha}`,
      attemptedRevision: `main@sha1:${sha}`,
      handledReconcileAt: '2026-08-07T11:58:00Z',
      requestedAt: '2026-08-07T11:58:00Z',
      owner: 'flux-system/flux-system',
      workload: {
        sourceKind: 'GitRepository',
        sourceNamespace: 'flux-system',
        sourceName: 'fleet',
        path: './apps',
        checksHealth: true,
        timeoutSeconds: 180,
        dependsOn: ['flux-system/infra', 'base/crds'],
      },
      inventory: ['shop_web_apps_Deployment', '_shop__Namespace'],
      observedAt: at,
    });
  });

  it('names the owner of a pin', () => {
    expect(status(gitRepository)).toMatchObject({
      revision: `main@sha1:${sha}`,
      source: { url: 'ssh://git@github.com/acme/fleet', branch: 'main', commit: sha, commitOwner: 'flotilla-pin' },
    });
  });

  it('of two owners of a commit names the one a release would leave', () => {
    const both = [
      ...(gitRepository.metadata.managedFields ?? []),
      { manager: 'kustomize-controller', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:ref': { 'f:commit': {} } } } },
    ];
    expect(status({ ...gitRepository, metadata: { ...gitRepository.metadata, managedFields: both } }).source?.commitOwner).toBe('kustomize-controller');
  });

  it('tells of a HelmRelease the chart that is deployed, and beside it the one that failed', () => {
    const release: KubeObject = {
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: meta,
      spec: {
        chart: { spec: { chart: 'podinfo', version: '6.7.x', sourceRef: { kind: 'HelmRepository', name: 'podinfo', namespace: 'charts' } } },
        upgrade: { disableWait: true },
      },
      status: {
        observedGeneration: 3,
        lastAttemptedRevision: '6.7.1',
        history: [
          { version: 5, status: 'failed', chartVersion: '6.7.1' },
          { version: 4, status: 'deployed', chartVersion: '6.7.0' },
        ],
      },
    };
    expect(status(release)).toMatchObject({
      revision: '6.7.0',
      attemptedRevision: '6.7.1',
      releaseRevision: '6.7.1',
      workload: { sourceKind: 'HelmRepository', sourceNamespace: 'charts', sourceName: 'podinfo', chart: 'podinfo@6.7.x', checksHealth: false },
    });
    const byReference = { ...release, spec: { chartRef: { kind: 'OCIRepository', name: 'podinfo' } } };
    expect(status(byReference).workload).toMatchObject({ sourceKind: 'OCIRepository', sourceNamespace: 'flux-system', checksHealth: true });
  });

  it.each<[string, Record<string, unknown>, object | undefined]>([
    ['ImageRepository', { lastScanResult: { scanTime: at, tagCount: 3 } }, { at }],
    ['ImagePolicy', { latestRef: { name: 'ghcr.io/x/web', tag: '1.1.0' } }, { name: 'ghcr.io/x/web', tag: '1.1.0' }],
    ['ImageUpdateAutomation', { lastAutomationRunTime: at }, { at }],
    ['ImageUpdateAutomation', {}, {}],
    ['Receiver', { lastAutomationRunTime: at }, undefined],
  ])('tells of %s what was found and when', (kind, found, image) => {
    expect(status({ apiVersion: 'image.toolkit.fluxcd.io/v1', kind, metadata: meta, spec: {}, status: found }).image).toEqual(image);
  });

  it.each<[string, Partial<KubeObject>, object]>([
    ['no health check', { spec: { path: './apps', sourceRef: { kind: 'GitRepository', name: 'fleet' } } }, { workload: { checksHealth: false } }],
    [
      'health checks without wait',
      { spec: { healthChecks: [{ kind: 'Deployment', name: 'web' }], sourceRef: { kind: 'Bucket', name: 'b' } } },
      { workload: { checksHealth: true, sourceKind: 'Bucket' } },
    ],
    ['suspension, whatever the conditions say', { spec: { ...kustomization.spec, suspend: true } }, { suspended: true, conditions: [ready] }],
    ['a generation never observed', { status: { observedGeneration: -1 } }, { observedGeneration: 0, conditions: [] }],
  ])('reads %s', (_title, change, expected) => {
    expect(status({ ...kustomization, ...change })).toMatchObject(expected);
  });

  it('leaves out what a kind does not have', () => {
    const alert = status({
      apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
      kind: 'Alert',
      metadata: { ...meta, labels: {} },
      spec: { eventSeverity: 'info' },
    });
    for (const field of ['observedGeneration', 'revision', 'source', 'workload', 'image', 'owner', 'inventory']) expect(alert).not.toHaveProperty(field);
  });

  it('bounds what others may have written without bound', () => {
    const huge = status({
      ...kustomization,
      metadata: { ...meta, labels: Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`label-${index}`, 'x'])) },
      status: {
        conditions: [{ ...ready, message: 'x'.repeat(100_000) }, { type: 5 }, 'nonsense'],
        inventory: { entries: Array.from({ length: 6000 }, (_, index) => ({ id: `ns_name-${index}_apps_Deployment` })) },
      },
    });
    expect(Object.keys(huge.labels)).toHaveLength(64);
    expect(huge.conditions).toHaveLength(1);
    expect(huge.conditions[0]?.message).toBe(`${'x'.repeat(1023)}…`);
    // unknown, not empty: nothing may be concluded from a list that was cut
    expect(huge).not.toHaveProperty('inventory');
  });
});

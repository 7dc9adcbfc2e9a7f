import type { Condition, ObjectStatus } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { ledgerStep, type OpenInterval } from './ledger-step.js';

const [r1, r2] = ['1', '2'].map((digit) => `main@sha1:${digit.repeat(40)}`) as [string, string];
const condition = (status: Condition['status'], reason: string): Condition => ({ type: 'Ready', status, reason, message: 'm' });
const aStatus = (applied: string | null, attempted: string, ready: Condition, suspended = false): ObjectStatus => ({
  apiVersion: 'v1',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'w',
  uid: 'u',
  generation: 1,
  observedGeneration: 1,
  resourceVersion: '1',
  labels: {},
  suspended,
  conditions: [ready],
  observedAt: '2026-01-01T00:00:00Z',
  attemptedRevision: attempted,
  ...(applied === null ? {} : { revision: applied }),
  workload: { sourceKind: 'GitRepository', sourceNamespace: 'flux-system', sourceName: 'fleet', checksHealth: true, dependsOn: [] },
});
const fine = condition('True', 'ReconciliationSucceeded');
const working = condition('Unknown', 'Progressing');
const unhealthy = condition('False', 'HealthCheckFailed');
const open = (revision: string, result: OpenInterval['result'], stage: OpenInterval['stage'] = null): OpenInterval => ({ id: 'i', revision, result, stage });

describe('ledgerStep', () => {
  it.each<[string, OpenInterval | null, ObjectStatus, unknown]>([
    ['opens at the first revision', null, aStatus(r1, r1, fine), { kind: 'open', fact: { revision: r1, result: 'succeeded' } }],
    [
      'says nothing before anything was tried',
      null,
      { ...aStatus(null, r1, working), attemptedRevision: undefined } as unknown as ObjectStatus,
      { kind: 'none' },
    ],
    ['opens when another revision is tried', open(r1, 'succeeded'), aStatus(r1, r2, working), { kind: 'open', fact: { revision: r2, result: 'progressing' } }],
    [
      'gives the interval its result',
      open(r2, 'progressing'),
      aStatus(r1, r2, unhealthy),
      { kind: 'amend', fact: { revision: r2, result: 'failed', stage: 'health' } },
    ],
    ['keeps a failure while it retries', open(r2, 'failed', 'health'), aStatus(r1, r2, working), { kind: 'none' }],
    ['keeps a failure that fails again', open(r2, 'failed', 'health'), aStatus(r1, r2, unhealthy), { kind: 'none' }],
    ['opens when a failure heals', open(r2, 'failed', 'health'), aStatus(r2, r2, fine), { kind: 'open', fact: { revision: r2, result: 'succeeded' } }],
    [
      'knows the same commit by another ref',
      open(r1, 'succeeded'),
      aStatus(r1.replace('main', 'fleet/1'), r1.replace('main', 'fleet/1'), fine),
      { kind: 'none' },
    ],
    ['keeps what runs when only the fetch fails', open(r1, 'succeeded'), aStatus(r1, r1, condition('False', 'ArtifactFailed')), { kind: 'none' }],
    ['looks through suspend', open(r1, 'succeeded'), aStatus(r1, r1, fine, true), { kind: 'none' }],
    [
      'opens when what ran well becomes unhealthy',
      open(r1, 'succeeded'),
      aStatus(r1, r1, unhealthy),
      { kind: 'open', fact: { revision: r1, result: 'failed', stage: 'health' } },
    ],
  ])('%s', (_title, before, status, step) => expect(ledgerStep(before, status)).toMatchObject(step as object));
});

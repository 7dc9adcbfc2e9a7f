import { describe, expect, it } from 'vitest';
import { classifyKubeAnswer } from './kube-errors.js';

const status = (reason: string): string =>
  JSON.stringify({ kind: 'Status', message: 'no', reason: 'Forbidden', details: { causes: [{ reason, field: 'metadata.namespace' }] } });

describe('classifyKubeAnswer', () => {
  it.each([
    [403, status('NamespaceTerminating'), 'kube-terminating', true],
    [403, status('Other'), 'kube-forbidden', false],
    [403, 'not JSON', 'kube-forbidden', false],
    [401, '', 'kube-unauthorized', false],
    [409, '{}', 'kube-conflict', true],
    [422, '{}', 'kube-invalid', false],
    [503, '{}', 'kube-unreachable', true],
  ])('%i %s is %s', (code, body, expected, retryable) => {
    expect(classifyKubeAnswer('applying x', code, body)).toMatchObject({ code: expected, retryable });
  });
});

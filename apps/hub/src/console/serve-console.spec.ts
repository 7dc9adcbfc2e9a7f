import { describe, expect, it } from 'vitest';
import { isPage } from './serve-console.js';

describe('paths of the console', () => {
  it.each(['/', '/fleet', '/clusters/prod-eu-1/ledger', '/apis'])('%s is a page', (path) => expect(isPage({ method: 'GET', path })).toBe(true));
  it.each(['/api/v1/clusters', '/api', '/join/abc.yaml', '/agent/v1/enroll', '/healthz', '/assets/index-1a2b.js', '/favicon.svg'])('%s is not', (path) =>
    expect(isPage({ method: 'GET', path })).toBe(false),
  );
  it('is only read', () => expect(isPage({ method: 'POST', path: '/fleet' })).toBe(false));
});

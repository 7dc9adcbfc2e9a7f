import { describe, expect, it } from 'vitest';
import { parseSelector } from '../labels/index.js';
import { holds, mayOn, type Principal, scopeOf } from './principal.js';

const principal = (...grants: [Principal['grants'][number]['role'], string][]): Principal => ({
  subject: 'user:ada',
  kind: 'user',
  requestId: null,
  grants: grants.map(([role, selector]) => ({ role, selector: parseSelector(selector) })),
});

describe('principal', () => {
  it('may only on clusters its selector matches', () => {
    const ada = principal(['operator', 'region=eu']);
    expect(mayOn(ada, 'rollbacks:start', { region: 'eu' })).toBe(true);
    expect(mayOn(ada, 'rollbacks:start', { region: 'us' })).toBe(false);
    expect(mayOn(ada, 'bootstrap:start', { region: 'eu' })).toBe(false);
  });
  it('needs a grant over all clusters for what concerns the whole hub', () => {
    expect(holds(principal(['admin', 'region=eu']), 'routes:write')).toBe(false);
    expect(holds(principal(['admin', '']), 'routes:write')).toBe(true);
  });
  it('gives the selectors of what it may see', () => {
    expect(scopeOf(principal(['viewer', 'region=eu'], ['viewer', '']), 'clusters:read')).toEqual([[]]);
    expect(scopeOf(principal(), 'clusters:read')).toEqual([]);
  });
});

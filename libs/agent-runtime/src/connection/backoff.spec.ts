import { describe, expect, it } from 'vitest';
import { backoffCapMs, backoffMs } from './backoff.js';

describe('backoffMs', () => {
  it('doubles up to the cap and stays there', () => {
    expect([0, 1, 2, 3].map((failures) => backoffMs(failures, () => 1))).toEqual([500, 1000, 2000, 4000]);
    expect(backoffMs(1000, () => 1)).toBe(backoffCapMs);
  });
  it('spreads a fleet over half of the wait', () => {
    expect(backoffMs(4, () => 0)).toBe(backoffMs(4, () => 1) / 2);
  });
  it('never comes back before the hub asked for', () => {
    expect(backoffMs(0, () => 0, 30_000)).toBe(30_000);
    expect(backoffMs(0, () => 1, 30_000)).toBe(37_500);
  });
});

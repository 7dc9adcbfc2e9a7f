import { describe, expect, it } from 'vitest';
import { AttemptLimiter } from './attempt-limiter.js';

describe('attempt limiter', () => {
  it('lets the first attempts of a window pass, then tells how long to wait', () => {
    const limiter = new AttemptLimiter(2, 1_000);
    limiter.count('a', 0);
    expect(limiter.waitMs('a', 100)).toBe(0);
    limiter.count('a', 100);
    expect(limiter.waitMs('a', 400)).toBe(600);
    expect(limiter.waitMs('b', 400)).toBe(0);
    expect(limiter.waitMs('a', 1_000)).toBe(0);
    expect(limiter.count('a', 1_000)).toBe(1);
  });

  it('forgets a key that succeeded', () => {
    const limiter = new AttemptLimiter(1, 1_000);
    limiter.count('a', 0);
    limiter.clear('a');
    expect(limiter.waitMs('a', 1)).toBe(0);
  });

  it('remembers a bounded number of keys', () => {
    const limiter = new AttemptLimiter(1, 1_000);
    limiter.count('first', 0);
    for (let n = 0; n < 10_000; n += 1) limiter.count(`k${n}`, 1);
    expect(limiter.waitMs('first', 2)).toBe(0);
    expect(limiter.waitMs('k9999', 2)).toBeGreaterThan(0);
  });
});

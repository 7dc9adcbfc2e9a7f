import { describe, expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration } from './go-duration.js';

describe('durations as Go writes them', () => {
  it.each([
    ['0', '0s'],
    ['1m', '1m0s'],
    ['90s', '1m30s'],
    ['60m', '1h0m0s'],
    ['1h30m', '1h30m0s'],
    ['1.5h', '1h30m0s'],
    ['100ms', '100ms'],
    ['1500ms', '1.5s'],
    ['1us', '1µs'],
    ['24h', '24h0m0s'],
    ['-5s', '-5s'],
    ['.5s', '500ms'],
  ])('%s is %s', (given, printed) => {
    expect(formatGoDuration(parseGoDuration(given, 'interval'))).toBe(printed);
  });

  it.each(['', '10', '1d', 'm', '1m 2s', '1mm', 'NaN', '1..5s'])('refuses %j', (given) => {
    expect(() => parseGoDuration(given, 'interval')).toThrow(expect.objectContaining({ flag: 'interval' }));
  });
});

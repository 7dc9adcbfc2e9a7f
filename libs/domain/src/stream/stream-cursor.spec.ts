import { describe, expect, it } from 'vitest';
import { StreamCursor } from './stream-cursor.js';

const chunk = (sequence: number, start: boolean, end: boolean) => ({ sequence, snapshot: { start, end } });

describe('StreamCursor', () => {
  it('applies in order, once', () => {
    const cursor = new StreamCursor({ sequence: 3, awaitSnapshot: false });
    expect([4, 4, 3, 5].map((sequence) => cursor.take({ sequence }))).toEqual(['apply', 'duplicate', 'duplicate', 'apply']);
  });
  it('asks once for a snapshot after a gap and takes nothing until it starts', () => {
    const cursor = new StreamCursor({ sequence: 0, awaitSnapshot: false });
    expect([1, 3, 4].map((sequence) => cursor.take({ sequence }))).toEqual(['apply', 'gap', 'skip']);
    expect(cursor.isWhole).toBe(false);
    expect(cursor.take(chunk(9, true, true))).toBe('apply');
    expect([cursor.isWhole, cursor.sequence]).toEqual([true, 9]);
  });
  it('is whole only at the end of a snapshot', () => {
    const cursor = new StreamCursor({ sequence: 0, awaitSnapshot: true });
    expect([cursor.take(chunk(1, true, false)), cursor.isWhole, cursor.take(chunk(2, false, true)), cursor.isWhole]).toEqual(['apply', false, 'apply', true]);
  });
  it('takes no middle of a snapshot that did not start', () => {
    const cursor = new StreamCursor({ sequence: 0, awaitSnapshot: false });
    expect(cursor.take(chunk(1, false, true))).toBe('gap');
  });
});

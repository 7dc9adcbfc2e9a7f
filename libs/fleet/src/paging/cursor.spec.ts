import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, pageFrom } from './cursor.js';

describe('cursor', () => {
  it('gives back the sort key', () => {
    expect(decodeCursor(encodeCursor(['a', 7, null]), ['string', 'number', 'string?'])).toEqual(['a', 7, null]);
    expect(decodeCursor(undefined, ['string'])).toBeNull();
  });

  it.each(['x', '', encodeCursor([1]), encodeCursor(['a', 'b']), Buffer.from('{}').toString('base64url')])('refuses %j', (cursor) => {
    expect(() => decodeCursor(cursor, ['string'])).toThrow(expect.objectContaining({ code: 'cursor-invalid' }));
  });

  it('points at the last item shown only when more follow', () => {
    expect(pageFrom(['a', 'b'], 2, (last) => [last])).toEqual({ items: ['a', 'b'], nextCursor: null });
    expect(pageFrom(['a', 'b', 'c'], 2, (last) => [last])).toEqual({ items: ['a', 'b'], nextCursor: encodeCursor(['b']) });
  });
});

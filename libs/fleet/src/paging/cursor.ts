import { FlotillaError, type Page } from '@flotilla/contracts';

type CursorValue = string | number | null;
type CursorKind = 'string' | 'number' | 'string?';

/** Where the next page starts: the sort key of the last item, opaque to clients. */
export function encodeCursor(key: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The sort key in a cursor, of the given kinds; null for the first page. Throws `cursor-invalid`. */
export function decodeCursor<const K extends readonly CursorKind[]>(
  cursor: string | undefined,
  kinds: K,
): { [I in keyof K]: K[I] extends 'string' ? string : K[I] extends 'number' ? number : string | null } | null {
  if (cursor === undefined) return null;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (
      Array.isArray(key) &&
      key.length === kinds.length &&
      kinds.every((kind, index) => (kind === 'string?' && key[index] === null) || typeof key[index] === kind.replace('?', ''))
    )
      return key as never;
  } catch {
    // falls through: not JSON
  }
  throw new FlotillaError('cursor-invalid', 'the cursor is not one that this list gave; start again without it');
}

/** Makes a page of `limit` items out of rows read with `limit + 1`. */
export function pageFrom<T>(items: readonly T[], limit: number, key: (last: T) => readonly CursorValue[]): Page<T> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, nextCursor: items.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}

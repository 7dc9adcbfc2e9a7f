import type { Page } from '@flotilla/contracts';

/** Reads a list page by page and gives its items; stops reading when the caller stops. A cursor that does not move ends the list with an error. */
export async function* allItems<T>(readPage: (cursor: string | undefined) => Promise<Page<T>>): AsyncGenerator<T> {
  let cursor: string | undefined;
  for (;;) {
    const page = await readPage(cursor);
    yield* page.items;
    if (page.nextCursor === null) return;
    if (page.nextCursor === cursor) throw new Error('the hub gave the same page twice; the list cannot be read to its end');
    cursor = page.nextCursor;
  }
}

/** All items of a list. Meant for lists a person reads; streams of them take {@link allItems}. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

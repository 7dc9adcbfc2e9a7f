import { FlotillaError, type Page } from '@flotilla/contracts';
import { isSignedOut } from './problem.js';

/** What could be read of a list: `complete` false when a later page failed or the bound was reached. */
export interface Listing<T> {
  items: T[];
  complete: boolean;
  /** why it is not complete, as a sentence */
  problem: string | null;
}

/**
 * Reads a cursor list to its end, at most `pagesMax` pages. The first page must succeed; when a later one fails, what was read is kept and the
 * reason is told, so one bad page never blanks a screen.
 */
export async function readAll<T>(page: (cursor: string | undefined) => Promise<Page<T>>, pagesMax: number): Promise<Listing<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let number = 0; number < pagesMax; number++) {
    try {
      const answer = await page(cursor);
      items.push(...answer.items);
      if (answer.nextCursor === null) return { items, complete: true, problem: null };
      cursor = answer.nextCursor;
    } catch (error) {
      if (number === 0 || !(error instanceof FlotillaError) || isSignedOut(error)) throw error;
      return { items, complete: false, problem: error.message };
    }
  }
  return { items, complete: false, problem: `only the first ${items.length.toLocaleString('en')} are shown here` };
}

import { z } from 'zod';

const pageLimitDefault = 100;
export const pageLimitMax = 500;

/** Query of every list: `?limit&cursor`, and `selector` where the list is of clusters or things in them. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(pageLimitMax).default(pageLimitDefault),
  cursor: z.string().max(512).exactOptional(),
});
export type PageQuery = z.infer<typeof pageQuery>;

/** The shape of every list answer: `nextCursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

import type { ClusterResponse } from '@flotilla/contracts';
import { useMemo, useState } from 'react';
import { sortedIds, type Sort } from './sort-clusters.js';

/**
 * The order of rows, held while data streams in: a row that changes keeps its place, new rows go to the end. `moved` counts rows that a fresh sort
 * would put elsewhere; `resort` takes the fresh order.
 */
export function useHeldOrder(clusters: readonly ClusterResponse[], sort: Sort, filter: string): { rows: ClusterResponse[]; moved: number; resort: () => void } {
  const fresh = useMemo(() => sortedIds(clusters, sort), [clusters, sort]);
  const key = `${sort.column}${sort.descending}${filter}`;
  const [held, setHeld] = useState({ key, ids: fresh });
  let current = held;
  if (held.key !== key || (held.ids.length === 0 && fresh.length > 0)) {
    current = { key, ids: fresh };
    setHeld(current);
  }
  const rows = useMemo(() => {
    const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
    const kept = current.ids.flatMap((id) => {
      const cluster = byId.get(id);
      byId.delete(id);
      return cluster ? [cluster] : [];
    });
    return [...kept, ...byId.values()];
  }, [clusters, current.ids]);
  const moved = rows.reduce((count, row, index) => count + (fresh[index] === row.id ? 0 : 1), 0);
  return { rows, moved, resort: () => setHeld({ key, ids: fresh }) };
}

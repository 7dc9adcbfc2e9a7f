import type { ClusterResponse } from '@flotilla/contracts';

export interface ClusterGroup {
  key: string;
  /** value of each grouping label; null where a cluster does not carry it */
  values: (string | null)[];
  clusters: ClusterResponse[];
}

/** Groups by the values of the labels, groups and clusters in natural order, so that a tile keeps its place whatever its state. */
export function groupClusters(clusters: readonly ClusterResponse[], by: readonly string[]): ClusterGroup[] {
  const groups = new Map<string, ClusterGroup>();
  for (const cluster of clusters) {
    const values = by.map((label) => cluster.labels[label] ?? null);
    const key = JSON.stringify(values);
    const group = groups.get(key);
    if (group) group.clusters.push(cluster);
    else groups.set(key, { key, values, clusters: [cluster] });
  }
  const natural = new Intl.Collator('en', { numeric: true });
  for (const group of groups.values()) group.clusters.sort((left, right) => natural.compare(left.name, right.name));
  return [...groups.values()].sort((left, right) => {
    for (let index = 0; index < by.length; index++) {
      const [one, other] = [left.values[index] ?? null, right.values[index] ?? null];
      if (one === other) continue;
      // clusters without the label come last
      if (one === null) return 1;
      if (other === null) return -1;
      return natural.compare(one, other);
    }
    return 0;
  });
}

/** Label keys worth grouping by: carried by at least half of the fleet, and with fewer values than clusters. Most shared first. */
export function groupingLabels(clusters: readonly ClusterResponse[]): string[] {
  const seen = new Map<string, { count: number; values: Set<string> }>();
  for (const cluster of clusters)
    for (const [key, value] of Object.entries(cluster.labels)) {
      const entry = seen.get(key) ?? { count: 0, values: new Set() };
      entry.count++;
      entry.values.add(value);
      seen.set(key, entry);
    }
  return [...seen]
    .filter(([, { count, values }]) => count * 2 >= clusters.length && values.size < Math.max(2, count))
    .sort(([left, a], [right, b]) => b.count - a.count || left.localeCompare(right))
    .map(([key]) => key);
}

/** Fewer clusters per group than this, and the second label is left out: a map of single tiles shows nothing. */
const groupSizeMin = 4;

/** The grouping shown first: region and ring where the fleet has them and is large enough for both, else the label with few values that most share. */
export function defaultGrouping(clusters: readonly ClusterResponse[], keys: readonly string[]): string[] {
  const known = ['region', 'ring'].filter((key) => keys.includes(key));
  const wished = known.length > 0 ? known : keys.slice(0, 1);
  return wished.length > 1 && clusters.length / groupClusters(clusters, wished).length < groupSizeMin ? wished.slice(0, 1) : wished;
}

import { clusterStates, type ClusterResponse } from '@flotilla/contracts';

export type ColumnId = 'name' | 'state' | 'revision' | 'since' | 'ready' | 'labels' | 'path' | 'agent' | 'flux' | 'kubernetes' | 'received';

const natural = new Intl.Collator('en', { numeric: true });
const byText = (read: (cluster: ClusterResponse) => string | null | undefined) => (left: ClusterResponse, right: ClusterResponse) =>
  natural.compare(read(left) ?? '', read(right) ?? '');

const comparers: Record<ColumnId, (left: ClusterResponse, right: ClusterResponse) => number> = {
  name: byText((cluster) => cluster.name),
  // worst first, as the contract lists them
  state: (left, right) => clusterStates.indexOf(left.state) - clusterStates.indexOf(right.state),
  revision: byText((cluster) => cluster.revision),
  since: byText((cluster) => cluster.stateSince),
  ready: (left, right) => right.counts.failing - left.counts.failing || right.counts.objects - left.counts.objects,
  labels: byText((cluster) =>
    Object.entries(cluster.labels)
      .map(([key, value]) => `${key}=${value}`)
      .toSorted()
      .join(' '),
  ),
  path: byText((cluster) => cluster.path),
  agent: byText((cluster) => cluster.agent?.version),
  flux: byText((cluster) => cluster.agent?.fluxVersion),
  kubernetes: byText((cluster) => cluster.agent?.kubernetesVersion),
  received: byText((cluster) => cluster.agent?.lastReceivedAt),
};

export interface Sort {
  column: ColumnId;
  descending: boolean;
}

/** Reads `state` or `-state` (descending) from the URL; by name when it is neither. */
export function parseSort(text: string | undefined): Sort {
  const descending = text?.startsWith('-') ?? false;
  const column = descending ? text?.slice(1) : text;
  return column !== undefined && column in comparers ? { column: column as ColumnId, descending } : { column: 'name', descending: false };
}

/** Ids in the order of the sort; equal ones by name. */
export function sortedIds(clusters: readonly ClusterResponse[], sort: Sort): string[] {
  const compare = comparers[sort.column];
  const sign = sort.descending ? -1 : 1;
  return clusters.toSorted((left, right) => sign * compare(left, right) || natural.compare(left.name, right.name)).map((cluster) => cluster.id);
}

import type { ClusterResponse, LedgerEntryResponse } from '@flotilla/contracts';
import { commitOf } from '../../ui/revision-text.js';

export interface River {
  /** ends of the buckets, ms */
  times: number[];
  /** a band per revision, newest commit last, each with the number of clusters per bucket */
  bands: { commit: string; revision: string; counts: number[] }[];
  /** clusters per bucket of which the revision is not known, or whose workloads differ */
  rest: number[];
}

/** Kustomizations of the root: they follow the fleet repo's own source, not the controlled one. */
const rootName = 'flux-system';

/**
 * Share of the fleet on each revision over time, from the ledger's intervals. A cluster is on a revision when all its workloads of which an
 * interval is known at that time are; before its first known interval, or when they differ, it is counted in `rest`.
 * A cluster without an entry in the window has held its present revision since before it.
 */
export function riverOf(clusters: readonly ClusterResponse[], entries: readonly LedgerEntryResponse[], from: number, to: number, buckets: number): River {
  const byCluster = new Map<string, LedgerEntryResponse[]>();
  for (const entry of entries) {
    if (entry.object.name === rootName || commitOf(entry.revision) === null) continue;
    const list = byCluster.get(entry.clusterId);
    if (list) list.push(entry);
    else byCluster.set(entry.clusterId, [entry]);
  }
  const times = Array.from({ length: buckets }, (_, index) => from + ((to - from) * (index + 1)) / buckets);
  const counts = new Map<string, number[]>();
  const revisions = new Map<string, string>();
  const firstSeen = new Map<string, number>();
  const rest = times.map(() => 0);
  const add = (revision: string, bucket: number) => {
    const commit = commitOf(revision);
    if (commit === null) return false;
    const list = counts.get(commit) ?? times.map(() => 0);
    list[bucket] = (list[bucket] ?? 0) + 1;
    counts.set(commit, list);
    if (!revisions.has(commit)) revisions.set(commit, revision);
    firstSeen.set(commit, Math.min(firstSeen.get(commit) ?? Infinity, bucket));
    return true;
  };
  for (const cluster of clusters) {
    const own = byCluster.get(cluster.id) ?? [];
    times.forEach((time, bucket) => {
      const current = own.filter((entry) => Date.parse(entry.from) <= time && (entry.to === null || Date.parse(entry.to) > time));
      const commits = new Set(current.map((entry) => commitOf(entry.revision)));
      const only = commits.size === 1 ? current[0]?.revision : undefined;
      const held =
        own.length === 0 && cluster.revision !== null && (cluster.revisionSince === null || Date.parse(cluster.revisionSince) <= time)
          ? cluster.revision
          : undefined;
      const revision = only ?? held;
      if (revision === undefined || !add(revision, bucket)) rest[bucket] = (rest[bucket] ?? 0) + 1;
    });
  }
  const bands = [...counts]
    .map(([commit, list]) => ({ commit, revision: revisions.get(commit) ?? commit, counts: list }))
    .sort((left, right) => (firstSeen.get(left.commit) ?? 0) - (firstSeen.get(right.commit) ?? 0) || left.commit.localeCompare(right.commit));
  return { times, bands, rest };
}

/** The time the ledger's entries cover: from the oldest start among them (with a margin), at least a quarter of an hour, at most a week. */
export function riverWindow(entries: readonly LedgerEntryResponse[], now: number): { from: number; to: number } {
  const hour = 3_600_000;
  const oldest = entries.reduce((least, entry) => Math.min(least, Date.parse(entry.from)), now);
  const span = Math.min(Math.max((now - oldest) * 1.04, hour / 4), 7 * 24 * hour);
  return { from: now - span, to: now };
}

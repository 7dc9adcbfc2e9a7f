import type { ClusterResponse } from '@flotilla/contracts';
import { commitOf, sameRevision } from '../../ui/revision-text.js';

/** What a filter can name besides free text. */
export const filterHint = 'name, region=eu, state:failing, rev:a1b2c3d, is:behind, is:diverged';

/** Whether a cluster runs a known revision that is not `head`. Of a cluster whose workloads differ, or that has told nothing, it cannot be said. */
export function isBehind(cluster: ClusterResponse, head: string | null): boolean {
  return head !== null && cluster.revision !== null && !sameRevision(cluster.revision, head);
}

function matches(cluster: ClusterResponse, word: string, head: string | null): boolean {
  const lower = word.toLowerCase();
  if (lower.startsWith('state:')) return lower.slice(6).split(',').includes(cluster.state);
  if (lower.startsWith('rev:')) return (commitOf(cluster.revision) ?? cluster.revision ?? 'none').startsWith(lower.slice(4));
  if (lower === 'is:behind') return isBehind(cluster, head);
  if (lower === 'is:diverged') return cluster.divergences.length > 0;
  const equals = word.indexOf('=');
  if (equals > 0) {
    const negated = word[equals - 1] === '!';
    const key = word.slice(0, negated ? equals - 1 : equals);
    return negated !== (cluster.labels[key] === word.slice(equals + 1).replace(/^=/, ''));
  }
  return (
    cluster.name.includes(lower) ||
    cluster.stateReason.toLowerCase().includes(lower) ||
    Object.values(cluster.labels).some((value) => value.toLowerCase() === lower)
  );
}

/** Clusters that satisfy every word of the filter, in their order. */
export function filterClusters(clusters: readonly ClusterResponse[], filter: string, head: string | null): ClusterResponse[] {
  const words = filter.trim().split(/\s+/).filter(Boolean);
  return clusters.filter((cluster) => words.every((word) => matches(cluster, word, head)));
}

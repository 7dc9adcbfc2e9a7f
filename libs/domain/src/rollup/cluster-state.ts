import { type ClusterState, clusterStates, heartbeatSeconds, heartbeatsMissedMax } from '@flotilla/contracts';

/** After this long without a word a cluster is silent (hub clock). */
export const silentAfterMs = heartbeatSeconds * heartbeatsMissedMax * 1000;

/** The stored part of a cluster's state. */
export interface StoredClusterState {
  readonly worst: string;
  readonly worstSince: Date | null;
  readonly worstReason: string;
  /** hub clock; only words that left nothing open count, so a half received snapshot does not refresh it */
  readonly lastReceivedAt: Date | null;
  readonly contestedAt: Date | null;
}

/** Whether nothing was heard for two heartbeats, on the hub's clock. Never heard of is not silent: it is joining. */
export function isSilent(lastReceivedAt: Date | null, now: Date): boolean {
  return lastReceivedAt !== null && now.getTime() - lastReceivedAt.getTime() >= silentAfterMs;
}

/**
 * State of a cluster at `now`: the stored rollup, unless it is stale. Silent or contested is `unknown`, which outranks all else (invariant 2); staleness
 * is judged here, at every read, so no sweeper can be late.
 */
export function clusterStateAt(stored: StoredClusterState, now: Date): { state: ClusterState; since: Date | null; reason: string } {
  const state = clusterStates.find((known) => known === stored.worst) ?? 'unknown';
  if (stored.lastReceivedAt === null) return { state: 'joining', since: null, reason: 'no agent has reported yet' };
  if (stored.contestedAt)
    return { state: 'unknown', since: stored.contestedAt, reason: 'contested: two agents claim to be this cluster, so neither is believed; stop one of them' };
  if (isSilent(stored.lastReceivedAt, now)) {
    return {
      state: 'unknown',
      since: stored.lastReceivedAt,
      reason: `the agent has been silent since ${stored.lastReceivedAt.toISOString()}; before that: ${state}${stored.worstReason ? `, ${stored.worstReason}` : ''}`,
    };
  }
  return { state, since: stored.worstSince, reason: stored.worstReason };
}

const worstFirst = new Map<ClusterState, number>(clusterStates.map((state, index) => [state, index]));

/** The worst of several states; `joining` when there are none. */
export function worstOf(states: Iterable<ClusterState>): ClusterState {
  let worst: ClusterState = 'joining';
  for (const state of states) if ((worstFirst.get(state) ?? 0) < (worstFirst.get(worst) ?? 0)) worst = state;
  return worst;
}

/** What the hub knows of a cluster's accepted agent and of its newest report. */
export interface JoinedAgent {
  /** UID of kube-system where the agent enrolled; empty when it could not tell */
  readonly clusterUid: string;
  readonly acceptedAt: Date;
  /** UID of kube-system by the connection that reports; null or empty when it did not tell */
  readonly reportedUid: string | null;
  /** end of the newest whole snapshot */
  readonly snapshotAt: Date | null;
  /** when anything was last received on top of a whole snapshot */
  readonly heardAt: Date | null;
}

/** The cluster a bootstrap works on. */
export interface BootstrappedCluster {
  /** UID of its kube-system; undefined when it could not be read */
  readonly clusterUid: string | undefined;
  /** when the bootstrap began */
  readonly startedAt: Date;
}

/**
 * Whether the cluster needs a fresh join Secret: nobody joined, the agent that joined is of another cluster (this one was built anew under the name), or
 * its key is not here. Enrolling with the fresh token supersedes the agent there was.
 */
export function needsJoinSecret(agent: JoinedAgent | null, cluster: BootstrappedCluster, identityHeld: boolean): boolean {
  return agent === null || !identityHeld || !isSameCluster(agent.clusterUid, cluster.clusterUid);
}

/** When the agent of this very cluster reported since the bootstrap began: a whole snapshot of its own, and heard since; else null. */
export function reportedSince(agent: JoinedAgent | null, cluster: BootstrappedCluster): Date | null {
  if (agent === null || agent.snapshotAt === null || agent.heardAt === null) return null;
  if (!isSameCluster(agent.clusterUid, cluster.clusterUid) || !isSameCluster(agent.reportedUid ?? '', cluster.clusterUid)) return null;
  return agent.snapshotAt >= agent.acceptedAt && agent.heardAt >= cluster.startedAt ? agent.heardAt : null;
}

/** Two UIDs contradict each other only when both are known. */
const isSameCluster = (uid: string, other: string | undefined): boolean => uid === '' || !other || uid === other;

import type { ObjectStatus, RollbackTarget } from '@flotilla/contracts';
import type { RollbackMethod, TargetIntent, TargetState } from '@flotilla/domain';

/** A rollback as it is stored. */
export interface StoredRollback {
  id: string;
  number: number;
  selector: string;
  /** repo whose mirror holds the commit; null: no repo of the hub does, and pins alone carry it */
  fleetRepoId: string | null;
  to: string;
  sha: string;
  tag: string;
  method: RollbackMethod;
  state: TargetState;
  reason: string;
  owner: string;
  commit: string | null;
  createdAt: Date;
  liftedAt: Date | null;
  /** who asked to lift it; null: nobody yet */
  liftedBy: string | null;
  gitError: string;
}

/** One source of one cluster in a rollback, with what its cluster shows now. */
export interface StoredTarget {
  clusterId: string;
  cluster: string;
  labels: Record<string, string>;
  clusterPath: string | null;
  clusterRepoId: string | null;
  source: { namespace: string; name: string };
  from: string | null;
  state: TargetState;
  held: string | null;
  detail: string;
  deletions: string[];
  deletionsKnown: boolean;
  worstCaseSeconds: number;
  warnings: string[];
  pinCommandId: string | null;
  releaseCommandId: string | null;
  supersededBy: string | null;
  git: TargetIntent['git'];
  gitPath: string | null;
  reconciledAt: Date | null;
  forgotten: boolean;
  fresh: boolean;
  readOnly: boolean;
  status: ObjectStatus | null;
}

/** A cluster that a rollback may be for. */
export interface ScopedCluster {
  id: string;
  name: string;
  labels: Record<string, string>;
  path: string | null;
  fleetRepoId: string | null;
  fresh: boolean;
  everReported: boolean;
  readOnly: boolean;
}

export interface KnownCommit {
  sha: string;
  /** null: no mirror holds it, a cluster ran it */
  fleetRepoId: string | null;
  branch: string | null;
  subject: string;
}

/** The outside shape of a target. */
export function toRollbackTarget(target: StoredTarget, to: string): RollbackTarget {
  return {
    clusterId: target.clusterId,
    cluster: target.cluster,
    source: target.source,
    from: target.from,
    to,
    held: target.held,
    deletions: target.deletions,
    deletionsKnown: target.deletionsKnown,
    worstCaseSeconds: target.worstCaseSeconds,
    warnings: target.warnings,
    state: target.state,
    detail: target.detail,
    runs: target.status?.revision ?? null,
  };
}

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ObjectStatus } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import type { PreviewedTarget, RollbackMethod, TargetIntent, TargetState } from '@flotilla/domain';
import { freshCluster, readOnlyAgent } from './cluster-conditions.js';
import type { StoredRollback, StoredTarget } from './rollback-records.js';

interface RollbackRow {
  id: string;
  number: number;
  selector: string;
  fleet_repo_id: string | null;
  to_revision: string;
  sha: string;
  tag: string;
  method: RollbackMethod;
  state: TargetState;
  reason: string;
  owner: string;
  commit: string | null;
  created_at: Date;
  lifted_at: Date | null;
  lifted_by: string | null;
  git_error: string;
}

interface TargetRow {
  rollback_id: string;
  cluster_id: string;
  name: string;
  labels: Record<string, string>;
  path: string | null;
  fleet_repo_id: string | null;
  source_namespace: string;
  source_name: string;
  from_revision: string | null;
  state: TargetState;
  held: string | null;
  detail: string;
  deletions: string[];
  deletions_known: boolean;
  worst_case_seconds: number;
  warnings: string[];
  pin_command_id: string | null;
  release_command_id: string | null;
  superseded_by: string | null;
  git_state: TargetIntent['git'];
  git_path: string | null;
  reconciled_at: Date | null;
  forgotten: boolean;
  fresh: boolean;
  read_only: boolean;
  status: ObjectStatus | null;
}

export interface NewRollback {
  selector: string;
  fleetRepoId: string | null;
  to: string;
  sha: string;
  method: RollbackMethod;
  reason: string;
  owner: string;
  targets: readonly PreviewedTarget[];
}

@Injectable()
export class RollbacksRepository {
  constructor(private readonly database: Database) {}

  /**
   * Stores a rollback. Targets of open rollbacks for the same sources are taken over by it; rollbacks left without a target are closed.
   */
  async create(rollback: NewRollback): Promise<StoredRollback> {
    const id = randomUUID();
    const carried = rollback.targets.filter((target) => target.held === null);
    const keys = [carried.map((target) => target.clusterId), carried.map((target) => target.source.namespace), carried.map((target) => target.source.name)];
    // in the order in which jobs lock them, so that the two never wait for each other in a circle
    const taken = await this.database.query<{ rollback_id: string }>(
      `select t.rollback_id from rollback_target t join unnest($1::uuid[], $2::text[], $3::text[]) k (cluster_id, namespace, name)
         on t.cluster_id = k.cluster_id and t.source_namespace = k.namespace and t.source_name = k.name
       where t.superseded_by is null and t.held is null and t.state <> 'lifted' order by t.cluster_id, t.source_namespace, t.source_name for update of t`,
      keys,
    );
    const [row] = await this.database.query<RollbackRow>(
      `insert into rollback (id, selector, fleet_repo_id, to_revision, sha, tag, method, state, reason, owner, created_at)
       values ($1::uuid, $2, $3::uuid, $4, $5, '', $6, 'pending', $7, $8, clock_timestamp()) returning *`,
      [id, rollback.selector, rollback.fleetRepoId, rollback.to, rollback.sha, rollback.method, rollback.reason, rollback.owner],
    );
    if (!row) throw new Error('the rollback was not stored');
    const tag = `fleet/${row.number}`;
    await this.database.query('update rollback set tag = $2 where id = $1::uuid returning 1 as ok', [id, tag]);
    await this.database.query(
      `update rollback_target t set superseded_by = $4::uuid, state = 'lifted', detail = $5 from unnest($1::uuid[], $2::text[], $3::text[]) k (cluster_id, namespace, name)
       where t.cluster_id = k.cluster_id and t.source_namespace = k.namespace and t.source_name = k.name and t.superseded_by is null and t.held is null and t.state <> 'lifted' returning 1 as ok`,
      [...keys, id, `rollback ${row.number} took over`],
    );
    for (const target of rollback.targets) {
      await this.database.query(
        `insert into rollback_target (rollback_id, cluster_id, source_namespace, source_name, from_revision, state, held, detail, deletions, deletions_known, worst_case_seconds, warnings)
         values ($1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12::jsonb) returning 1 as ok`,
        [
          id,
          target.clusterId,
          target.source.namespace,
          target.source.name,
          target.from,
          target.held === null ? 'pending' : 'failed',
          target.held,
          target.held ?? '',
          JSON.stringify(target.deletions),
          target.deletionsKnown,
          target.worstCaseSeconds,
          JSON.stringify(target.warnings),
        ],
      );
    }
    await this.database.query(
      `update rollback r set state = 'lifted', lifted_at = clock_timestamp(), lifted_by = $3 where r.id = any($1::uuid[]) and r.id <> $2::uuid
         and not exists (select from rollback_target t where t.rollback_id = r.id and t.superseded_by is null and t.held is null) returning 1 as ok`,
      [[...new Set(taken.map((target) => target.rollback_id))], id, rollback.owner],
    );
    return toRollback({ ...row, tag });
  }

  async find(id: string): Promise<StoredRollback | null> {
    const [row] = await this.database.query<RollbackRow>('select * from rollback where id = $1::uuid', [id]);
    return row ? toRollback(row) : null;
  }

  /** The rollback, locked until the running transaction ends: one pass at a time. */
  async lock(id: string): Promise<StoredRollback | null> {
    const [row] = await this.database.query<RollbackRow>('select * from rollback where id = $1::uuid for update', [id]);
    return row ? toRollback(row) : null;
  }

  /** Rollbacks newest first, before the number given. */
  async list(filter: { open: boolean | undefined; before: number | null; limit: number }): Promise<StoredRollback[]> {
    const rows = await this.database.query<RollbackRow>(
      `select * from rollback where ($1::boolean is null or (lifted_at is null) = $1) and ($2::int is null or number < $2) order by number desc limit $3`,
      [filter.open ?? null, filter.before, filter.limit],
    );
    return rows.map(toRollback);
  }

  /** Rollbacks that are not at rest: what a worker takes up when it starts. */
  async unfinished(): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `select id from rollback where lifted_at is null and state not in ('held', 'failed') order by number`,
    );
    return rows.map((row) => row.id);
  }

  /** Targets by rollback, with what their clusters show now; `lock` keeps a later rollback from taking them over meanwhile. */
  async targets(rollbackIds: readonly string[], options: { lock?: boolean } = {}): Promise<Map<string, StoredTarget[]>> {
    const rows = await this.database.query<TargetRow>(
      `select t.*, c.name, c.labels, c.path, c.fleet_repo_id, c.forgotten_at is not null as forgotten, ${freshCluster} as fresh, ${readOnlyAgent} as read_only, o.status
       from rollback_target t join cluster c on c.id = t.cluster_id
         left join flux_object o on o.cluster_id = t.cluster_id and o.kind = 'GitRepository' and o.namespace = t.source_namespace and o.name = t.source_name
       where t.rollback_id = any($1::uuid[]) order by t.cluster_id, t.source_namespace, t.source_name ${options.lock ? 'for update of t' : ''}`,
      [rollbackIds],
    );
    const byRollback = new Map<string, StoredTarget[]>(rollbackIds.map((id) => [id, []]));
    for (const row of rows) byRollback.get(row.rollback_id)?.push(toTarget(row));
    return byRollback;
  }

  /** Paths of the Kustomizations that follow the sources of a rollback's clusters: what a revert restores. */
  async workloadPaths(rollbackId: string): Promise<string[]> {
    const rows = await this.database.query<{ path: string }>(
      `select distinct o.status->'workload'->>'path' as path from rollback_target t join flux_object o on o.cluster_id = t.cluster_id and o.kind = 'Kustomization'
         and o.status->'workload'->>'sourceNamespace' = t.source_namespace and o.status->'workload'->>'sourceName' = t.source_name
       where t.rollback_id = $1::uuid and t.held is null and o.status->'workload'->>'path' is not null`,
      [rollbackId],
    );
    return rows.map((row) => row.path);
  }

  async clusterPaths(fleetRepoId: string): Promise<string[]> {
    const rows = await this.database.query<{ path: string }>(
      'select path from cluster where fleet_repo_id = $1::uuid and path is not null and forgotten_at is null',
      [fleetRepoId],
    );
    return rows.map((row) => row.path);
  }

  async saveTarget(rollbackId: string, target: StoredTarget): Promise<void> {
    await this.database.query(
      `update rollback_target set state = $5, detail = $6, pin_command_id = $7::uuid, release_command_id = $8::uuid, git_state = $9, git_path = $10, reconciled_at = $11::timestamptz
       where rollback_id = $1::uuid and cluster_id = $2::uuid and source_namespace = $3 and source_name = $4 returning 1 as ok`,
      [
        rollbackId,
        target.clusterId,
        target.source.namespace,
        target.source.name,
        target.state,
        target.detail,
        target.pinCommandId,
        target.releaseCommandId,
        target.git,
        target.gitPath,
        target.reconciledAt,
      ],
    );
  }

  async saveState(id: string, state: TargetState, lifted: boolean): Promise<void> {
    await this.database.query(
      `update rollback set state = $2, lifted_at = case when $3 then coalesce(lifted_at, clock_timestamp()) end where id = $1::uuid returning 1 as ok`,
      [id, state, lifted],
    );
  }

  async saveTag(id: string, tag: string): Promise<void> {
    await this.database.query('update rollback set tag = $2 where id = $1::uuid returning 1 as ok', [id, tag]);
  }

  async saveGitError(id: string, message: string): Promise<void> {
    await this.database.query('update rollback set git_error = $2 where id = $1::uuid returning 1 as ok', [id, message]);
  }

  async saveCommit(id: string, commit: string | null, lifting: boolean): Promise<void> {
    await this.database.query(
      `update rollback set git_error = '', ${lifting ? 'lift_commit' : 'commit'} = coalesce($2, ${lifting ? 'lift_commit' : 'commit'}) where id = $1::uuid returning 1 as ok`,
      [id, commit],
    );
  }

  async saveLift(id: string, by: string): Promise<void> {
    await this.database.query(`update rollback set lifted_by = $2, state = 'lifting', git_error = '' where id = $1::uuid returning 1 as ok`, [id, by]);
    await this.database.query(
      `update rollback_target set reconciled_at = null, release_command_id = null where rollback_id = $1::uuid and superseded_by is null returning 1 as ok`,
      [id],
    );
  }
}

function toRollback(row: RollbackRow): StoredRollback {
  return {
    id: row.id,
    number: row.number,
    selector: row.selector,
    fleetRepoId: row.fleet_repo_id,
    to: row.to_revision,
    sha: row.sha,
    tag: row.tag,
    method: row.method,
    state: row.state,
    reason: row.reason,
    owner: row.owner,
    commit: row.commit,
    createdAt: row.created_at,
    liftedAt: row.lifted_at,
    liftedBy: row.lifted_by,
    gitError: row.git_error,
  };
}

function toTarget(row: TargetRow): StoredTarget {
  return {
    clusterId: row.cluster_id,
    cluster: row.name,
    labels: row.labels,
    clusterPath: row.path,
    clusterRepoId: row.fleet_repo_id,
    source: { namespace: row.source_namespace, name: row.source_name },
    from: row.from_revision,
    state: row.state,
    held: row.held,
    detail: row.detail,
    deletions: row.deletions,
    deletionsKnown: row.deletions_known,
    worstCaseSeconds: row.worst_case_seconds,
    warnings: row.warnings,
    pinCommandId: row.pin_command_id,
    releaseCommandId: row.release_command_id,
    supersededBy: row.superseded_by,
    git: row.git_state,
    gitPath: row.git_path,
    reconciledAt: row.reconciled_at,
    forgotten: row.forgotten,
    fresh: row.fresh,
    readOnly: row.read_only,
    status: row.status,
  };
}

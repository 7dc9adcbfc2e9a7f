import { Injectable } from '@nestjs/common';
import { type AgentFacts, type FailureStage, objectKeyText, type ObjectStatus } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type LedgerResult, type OpenInterval, silentAfterMs } from '@flotilla/domain';
import { clusterObjectsMax } from './cluster-stream.js';

/** Epochs of earlier connections that are remembered. */
const recentEpochsMax = 4;
/** A cluster stays contested this long after two agents were last seen. */
const contestedSeconds = 300;

/** A connection that now owns its cluster. */
export interface ClaimedConnection {
  readonly generation: number;
  /** what is stored: of which epoch, up to which frame; null when not a whole state */
  readonly epoch: string | null;
  readonly sequence: number;
  readonly contested: boolean;
}

/** What became of a cluster's connection elsewhere. */
export interface ConnectionState {
  readonly clusterId: string;
  readonly generation: number;
  readonly forgotten: boolean;
  readonly revokedIncarnations: readonly number[];
  readonly contested: boolean;
}

/** Who owns a cluster's stream. All writes are guarded by the connection generation (fencing). */
@Injectable()
export class ConnectionsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Makes this connection the one that owns the cluster; earlier ones write nothing from now on. An epoch that comes back after another one means two
   * agents take turns: the cluster is contested. Null: there is no such cluster, or it was forgotten.
   */
  async claim(clusterId: string, by: { replica: string; epoch: string; facts: AgentFacts }): Promise<ClaimedConnection | null> {
    const { rows } = await this.database.pool.query<{ generation: number; epoch: string | null; sequence: string; contested: boolean }>({
      name: 'connection-claim',
      text: `update cluster set
          connection_generation = connection_generation + 1, connected_replica = $2, facts = $4::jsonb,
          contested_at = case when $3 = any(recent_epochs) and recent_epochs[cardinality(recent_epochs)] <> $3 then now() else contested_at end,
          recent_epochs = case when recent_epochs[cardinality(recent_epochs)] = $3 then recent_epochs
            else (array_append(array_remove(recent_epochs, $3), $3))[greatest(1, cardinality(array_remove(recent_epochs, $3)) + 2 - ${recentEpochsMax}):] end
        where id = $1::uuid and forgotten_at is null
        returning connection_generation as generation, epoch, sequence, contested_at is not null as contested`,
      values: [clusterId, by.replica, by.epoch, JSON.stringify(by.facts)],
    });
    const [row] = rows;
    return row ? { generation: row.generation, epoch: row.epoch, sequence: Number(row.sequence), contested: row.contested } : null;
  }

  /** What is stored of a cluster: its objects (without inventories) and the open intervals of its ledger by object key text. */
  async load(clusterId: string): Promise<{ statuses: ObjectStatus[]; intervals: Map<string, OpenInterval> }> {
    const objects = await this.database.pool.query<{ status: ObjectStatus }>({
      name: 'connection-objects',
      text: `select status - 'inventory' as status from flux_object where cluster_id = $1::uuid limit ${clusterObjectsMax}`,
      values: [clusterId],
    });
    const open = await this.database.pool.query<{
      id: string;
      kind: string;
      namespace: string;
      name: string;
      revision: string;
      result: LedgerResult;
      stage: FailureStage | null;
    }>({
      name: 'connection-intervals',
      text: `select id, kind, namespace, name, revision, result, stage from ledger_entry where cluster_id = $1::uuid and to_at is null limit ${clusterObjectsMax}`,
      values: [clusterId],
    });
    return {
      statuses: objects.rows.map((row) => row.status),
      intervals: new Map(open.rows.map((row) => [objectKeyText(row), { id: row.id, revision: row.revision, result: row.result, stage: row.stage }])),
    };
  }

  /** Notes that the owners were heard now; gives those that still own their cluster, and the clusters that were silent before. */
  async touch(owners: readonly { clusterId: string; generation: number }[]): Promise<{ owned: Set<string>; wokenIds: string[] }> {
    const sorted = [...owners].sort((a, b) => (a.clusterId < b.clusterId ? -1 : 1));
    const { rows } = await this.database.pool.query<{ id: string; woken: boolean }>({
      name: 'connection-touch',
      text: `with before as (
          select c.id, c.last_received_at, v.generation from cluster c join unnest($1::uuid[], $2::int[]) as v(id, generation) on c.id = v.id order by c.id for no key update of c)
        update cluster c set last_received_at = now() from before b
        where c.id = b.id and c.connection_generation = b.generation and c.forgotten_at is null
        returning c.id, coalesce(b.last_received_at < now() - interval '${silentAfterMs} milliseconds', true) as woken`,
      values: [sorted.map((owner) => owner.clusterId), sorted.map((owner) => owner.generation)],
    });
    return { owned: new Set(rows.map((row) => row.id)), wokenIds: rows.filter((row) => row.woken).map((row) => row.id) };
  }

  /** Stores what the agent says of itself and its cluster, if this connection still owns it. */
  async storeFacts(owner: { clusterId: string; generation: number }, facts: AgentFacts): Promise<void> {
    await this.database.pool.query('update cluster set facts = $3::jsonb where id = $1::uuid and connection_generation = $2', [
      owner.clusterId,
      owner.generation,
      JSON.stringify(facts),
    ]);
  }

  /** The connection is gone. */
  async release(owner: { clusterId: string; generation: number }): Promise<void> {
    await this.database.pool.query('update cluster set connected_replica = null where id = $1::uuid and connection_generation = $2', [
      owner.clusterId,
      owner.generation,
    ]);
  }

  /** Two live agents were seen for the cluster. */
  async markContested(clusterId: string): Promise<void> {
    await this.database.pool.query('update cluster set contested_at = now() where id = $1::uuid', [clusterId]);
  }

  /** Ends the contest when the owner was alone for long enough; gives whether it did. */
  async settleContest(owner: { clusterId: string; generation: number }): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      `update cluster set contested_at = null where id = $1::uuid and connection_generation = $2 and contested_at < now() - interval '${contestedSeconds} seconds'`,
      [owner.clusterId, owner.generation],
    );
    return rowCount === 1;
  }

  /** State of these clusters' connections, for replicas to see whether theirs still hold. */
  async states(clusterIds: readonly string[]): Promise<ConnectionState[]> {
    const { rows } = await this.database.pool.query<{ id: string; generation: number; forgotten: boolean; revoked: number[]; contested: boolean }>(
      `select c.id, c.connection_generation as generation, c.forgotten_at is not null as forgotten, c.contested_at is not null as contested,
         coalesce(array_agg(a.incarnation) filter (where a.revoked_at is not null), '{}') as revoked
       from cluster c left join agent a on a.cluster_id = c.id where c.id = any($1::uuid[]) group by c.id`,
      [clusterIds],
    );
    return rows.map((row) => ({
      clusterId: row.id,
      generation: row.generation,
      forgotten: row.forgotten,
      revokedIncarnations: row.revoked,
      contested: row.contested,
    }));
  }
}

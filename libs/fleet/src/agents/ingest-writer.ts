import { Injectable } from '@nestjs/common';
import { Database } from '@flotilla/database';
import { shaOf } from '@flotilla/domain';
import { TransitionSink, type TransactionQuery } from '../objects/index.js';
import type { ClusterBatch } from './cluster-view.js';

/** One cluster's part of a group commit, with the guard it is written under. */
export interface ClusterWrite {
  readonly clusterId: string;
  /** connection generation of the writer; a row with another is not written */
  readonly generation: number;
  readonly incarnation: number;
  /** null while a snapshot is half received: a reconnect then starts over */
  readonly epoch: string | null;
  readonly sequence: number;
  /** whether what is stored after this is the whole state, so that hearing it counts as fresh */
  readonly whole: boolean;
  readonly snapshotEnd: boolean;
  readonly batch: ClusterBatch;
}

/** Cluster rows are locked in the order of their ids, as heartbeats lock them: two writers then wait for each other in one direction only. */
const upsertSql = `
with k as (
  select id from cluster where id = any($1::uuid[]) order by id for no key update
), c as (
  update cluster as c set
    epoch = v.epoch, sequence = v.sequence,
    last_received_at = case when v.whole then now() else c.last_received_at end,
    snapshot_at = case when v.snapshot_end then now() else c.snapshot_at end,
    object_count = case when v.whole then v.objects else c.object_count end,
    ready_count = case when v.whole then v.ready else c.ready_count end,
    failing_count = case when v.whole then v.failing else c.failing_count end,
    progressing_count = case when v.whole then v.progressing else c.progressing_count end,
    suspended_count = case when v.whole then v.suspended else c.suspended_count end,
    worst = case when v.whole then v.worst else c.worst end,
    worst_since = case when v.whole and c.worst is distinct from v.worst then now() else c.worst_since end,
    worst_reason = case when v.whole then v.reason else c.worst_reason end,
    revision = case when v.whole then v.revision else c.revision end,
    revision_since = case when v.whole and c.revision is distinct from v.revision then now() else c.revision_since end
  from unnest($1::uuid[], $2::int[], $3::uuid[], $4::bigint[], $5::bool[], $6::bool[], $7::int[], $8::int[], $9::int[], $10::int[], $11::int[], $12::text[], $13::text[], $14::text[])
    as v(id, generation, epoch, sequence, whole, snapshot_end, objects, ready, failing, progressing, suspended, worst, reason, revision)
    join k on k.id = v.id
  where c.id = k.id and c.connection_generation = v.generation and c.forgotten_at is null
  returning c.id
), o as (
  insert into flux_object as f (cluster_id, kind, namespace, name, state, stage, reason, message, since, revision, sha, status, incarnation, observed_at, received_at)
  select v.cluster_id, v.kind, v.namespace, v.name, v.state, v.stage, v.reason, v.message, v.since, v.revision, v.sha, v.status, v.incarnation, v.observed_at, now()
  from unnest($15::uuid[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::timestamptz[], $24::text[], $25::text[], $26::jsonb[], $27::int[], $28::timestamptz[])
    as v(cluster_id, kind, namespace, name, state, stage, reason, message, since, revision, sha, status, incarnation, observed_at)
  join c on c.id = v.cluster_id
  on conflict (cluster_id, kind, namespace, name) do update set
    state = excluded.state, stage = excluded.stage, reason = excluded.reason, message = excluded.message, since = excluded.since, revision = excluded.revision, sha = excluded.sha,
    status = excluded.status, incarnation = excluded.incarnation, observed_at = excluded.observed_at, received_at = excluded.received_at
)
select id from c`;

/** Writes group commits: one `unnest` statement per table, all of a batch in one transaction. Hand-written SQL on the pool: this is the hot path. */
@Injectable()
export class IngestWriter {
  constructor(
    private readonly database: Database,
    private readonly sink: TransitionSink,
  ) {}

  /**
   * Writes what its connections still own and gives the ids of those clusters; the others were fenced (a newer connection took over, or the cluster was
   * forgotten) and nothing of theirs is written. Running it again with the same writes changes nothing.
   */
  async write(writes: readonly ClusterWrite[]): Promise<Set<string>> {
    const single = writes.every(
      ({ batch }) =>
        batch.deletes.length + batch.opened.length + batch.amended.length + batch.closed.length + batch.transitions.length + batch.sightings.length === 0,
    );
    if (single) return writeObjects(this.database.pool, writes);
    const client = await this.database.pool.connect();
    let failure: Error | undefined;
    try {
      await client.query('begin');
      const owned = await writeObjects(client, writes);
      const kept = writes.filter((write) => owned.has(write.clusterId));
      await deleteObjects(client, kept);
      await writeLedger(client, kept);
      await writeInventories(client, kept);
      const transitions = kept.flatMap((write) => write.batch.transitions);
      if (transitions.length > 0) await this.sink.record(transitions, client);
      await client.query('commit');
      return owned;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      // a connection that failed is not used again: what state it is in is not known
      client.release(failure);
    }
  }
}

async function writeObjects(client: TransactionQuery, writes: readonly ClusterWrite[]): Promise<Set<string>> {
  const sorted = [...writes].sort((a, b) => (a.clusterId < b.clusterId ? -1 : 1));
  const clusters = sorted.map(({ batch, ...write }) => ({ ...write, ...batch.rollup }));
  const rows = sorted.flatMap(({ clusterId, incarnation, batch }) => batch.upserts.map((row) => ({ clusterId, incarnation, ...row })));
  const result = await client.query<{ id: string }>({
    name: 'ingest-objects',
    text: upsertSql,
    values: [
      clusters.map((c) => c.clusterId),
      clusters.map((c) => c.generation),
      clusters.map((c) => c.epoch),
      clusters.map((c) => c.sequence),
      clusters.map((c) => c.whole),
      clusters.map((c) => c.snapshotEnd),
      clusters.map((c) => c.objects),
      clusters.map((c) => c.ready),
      clusters.map((c) => c.failing),
      clusters.map((c) => c.progressing),
      clusters.map((c) => c.suspended),
      clusters.map((c) => c.worst),
      clusters.map((c) => c.reason),
      clusters.map((c) => c.revision),
      rows.map((r) => r.clusterId),
      rows.map((r) => r.status.kind),
      rows.map((r) => r.status.namespace),
      rows.map((r) => r.status.name),
      rows.map((r) => r.assessment.state),
      rows.map((r) => r.assessment.stage),
      rows.map((r) => r.assessment.reason),
      rows.map((r) => r.assessment.message),
      rows.map((r) => r.assessment.since),
      rows.map((r) => r.status.revision ?? null),
      rows.map((r) => shaOf(r.status.revision)),
      rows.map((r) => JSON.stringify(r.status)),
      rows.map((r) => r.incarnation),
      rows.map((r) => r.status.observedAt),
    ],
  });
  return new Set(result.rows.map((row) => row.id));
}

async function deleteObjects(client: TransactionQuery, writes: readonly ClusterWrite[]): Promise<void> {
  const keys = writes.flatMap(({ clusterId, batch }) => batch.deletes.map((key) => ({ clusterId, ...key })));
  if (keys.length === 0) return;
  await client.query(
    `delete from flux_object f using unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as v(cluster_id, kind, namespace, name)
     where f.cluster_id = v.cluster_id and f.kind = v.kind and f.namespace = v.namespace and f.name = v.name`,
    [keys.map((k) => k.clusterId), keys.map((k) => k.kind), keys.map((k) => k.namespace), keys.map((k) => k.name)],
  );
}

async function writeLedger(client: TransactionQuery, writes: readonly ClusterWrite[]): Promise<void> {
  const opened = writes.flatMap(({ clusterId, batch }) => batch.opened.map((row) => ({ clusterId, ...row })));
  const amended = writes.flatMap(({ batch }) => batch.amended);
  const closed = writes.flatMap(({ batch }) => batch.closed);
  if (opened.length > 0) {
    await client.query(
      `insert into ledger_entry (id, cluster_id, kind, namespace, name, revision, sha, result, stage, message, from_at)
       select v.*, now() from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
         as v(id, cluster_id, kind, namespace, name, revision, sha, result, stage, message)
       where not exists (select 1 from ledger_entry l where l.id = v.id)`,
      [
        opened.map((r) => r.id),
        opened.map((r) => r.clusterId),
        opened.map((r) => r.object.kind),
        opened.map((r) => r.object.namespace),
        opened.map((r) => r.object.name),
        opened.map((r) => r.revision),
        opened.map((r) => shaOf(r.revision)),
        opened.map((r) => r.result),
        opened.map((r) => r.stage),
        opened.map((r) => r.message),
      ],
    );
  }
  if (amended.length > 0) {
    await client.query(
      `update ledger_entry l set result = v.result, stage = v.stage, message = v.message from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as v(id, result, stage, message) where l.id = v.id`,
      [amended.map((r) => r.id), amended.map((r) => r.result), amended.map((r) => r.stage), amended.map((r) => r.message)],
    );
  }
  if (closed.length > 0) await client.query('update ledger_entry set to_at = greatest(from_at, now()) where id = any($1::uuid[]) and to_at is null', [closed]);
}

async function writeInventories(client: TransactionQuery, writes: readonly ClusterWrite[]): Promise<void> {
  const sightings = writes.flatMap(({ clusterId, batch }) => batch.sightings.map((sighting) => ({ clusterId, ...sighting })));
  if (sightings.length === 0) return;
  const records = [...new Map(sightings.map((s) => [s.digest, s])).values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  await client.query('insert into inventory_record (digest, items) select * from unnest($1::text[], $2::jsonb[]) on conflict (digest) do nothing', [
    records.map((r) => r.digest),
    records.map((r) => JSON.stringify(r.items)),
  ]);
  await client.query(
    `insert into inventory_sighting (cluster_id, namespace, name, sha, digest, seen_at)
     select v.*, now() from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as v(cluster_id, namespace, name, sha, digest)
     on conflict (cluster_id, namespace, name, sha) do update set digest = excluded.digest, seen_at = excluded.seen_at`,
    [
      sightings.map((s) => s.clusterId),
      sightings.map((s) => s.object.namespace),
      sightings.map((s) => s.object.name),
      sightings.map((s) => s.sha),
      sightings.map((s) => s.digest),
    ],
  );
}

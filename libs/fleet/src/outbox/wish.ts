import { randomUUID } from 'node:crypto';
import { type JobName, type JobPayload, jobs } from '@flotilla/jobs';
import type pg from 'pg';

/**
 * Writes wishes for work through a connection that has a transaction open: what the hot path, which runs hand-written SQL, has instead of `Outbox`.
 * Announces nothing; the relay looks every second.
 */
export async function wish<N extends JobName>(transaction: Pick<pg.ClientBase, 'query'>, job: N, payloads: readonly JobPayload<N>[]): Promise<void> {
  if (payloads.length === 0) return;
  await transaction.query(
    'insert into outbox_row (id, job, payload, delay_ms) select v.id, $1, v.payload, 0 from unnest($2::uuid[], $3::jsonb[]) v (id, payload)',
    [job, payloads.map(() => randomUUID()), payloads.map((payload) => JSON.stringify(jobs[job].payload.parse(payload)))],
  );
}

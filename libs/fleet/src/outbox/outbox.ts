import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '@flotilla/database';
import { type JobName, type JobPayload, jobs } from '@flotilla/jobs';
import { ChangeFeed } from '../change-feed/index.js';

/** Wishes for work, written in the transaction that decides on it; the relay turns each into one job. */
@Injectable()
export class Outbox {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeFeed,
  ) {}

  async enqueue<N extends JobName>(job: N, payload: JobPayload<N>, options: { delayMs?: number } = {}): Promise<void> {
    await this.database.query('insert into outbox_row (id, job, payload, delay_ms) values ($1::uuid, $2, $3::jsonb, $4) returning 1 as ok', [
      randomUUID(),
      job,
      JSON.stringify(jobs[job].payload.parse(payload)),
      options.delayMs ?? 0,
    ]);
    this.changes.publish('outbox');
  }
}

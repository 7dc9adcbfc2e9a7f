import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createPostgresBackend, Queue, runMigrations, setDefaultBackendFactory } from 'bullmq';
import { type JobName, jobs, type QueueName } from './job-registry.js';

setDefaultBackendFactory(createPostgresBackend);

export const JOBS_DATABASE_URL = Symbol('JOBS_DATABASE_URL');
/** Connections of each queue's and each worker's pool; one more each for LISTEN. */
const jobPoolSize = 2;
/** Finished jobs kept for a look. */
const keptCompleted = 1_000;
const keptFailed = 5_000;

/** Connection options of BullMQ's Postgres backend. */
export function jobConnection(url: string): { connectionString: string; max: number; skipMigrations: boolean } {
  return { connectionString: url, max: jobPoolSize, skipMigrations: true };
}

/** Makes BullMQ's tables (schema `bullmq`); part of `worker migrate`. */
export async function migrateJobs(client: { query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> }): Promise<void> {
  await runMigrations(client as Parameters<typeof runMigrations>[0]);
}

/** Adds jobs. Only the outbox relay does, so that a job exists exactly when the transaction that wished for it committed. */
@Injectable()
export class JobQueue implements OnApplicationShutdown {
  private readonly open = new Map<QueueName, Queue>();

  constructor(@Inject(JOBS_DATABASE_URL) private readonly url: string) {}

  /** `id` is the outbox row's: adding the same row twice makes one job. */
  async add(name: JobName, payload: unknown, options: { id: string; delayMs: number }): Promise<void> {
    const job = jobs[name];
    await this.queue(job.queue).add(name, job.payload.parse(payload), {
      jobId: options.id,
      delay: options.delayMs,
      attempts: job.attempts,
      backoff: { type: 'exponential', delay: job.backoffMs, jitter: 0.3 },
      removeOnComplete: { count: keptCompleted },
      removeOnFail: { count: keptFailed },
    });
  }

  private queue(name: QueueName): Queue {
    let queue = this.open.get(name);
    if (!queue) {
      queue = new Queue(name, { connection: jobConnection(this.url) as never });
      queue.on('error', () => undefined);
      this.open.set(name, queue);
    }
    return queue;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.open.values()].map((queue) => queue.close()));
    this.open.clear();
  }
}

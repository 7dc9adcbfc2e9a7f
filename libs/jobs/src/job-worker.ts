import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { counter, type Logger } from '@flotilla/observability';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import { JOBS_DATABASE_URL, jobConnection } from './job-queue.js';
import { type JobName, type JobPayload, jobs, type QueueName, queues } from './job-registry.js';

/** Thrown by a handler to be called again after `delayMs` without counting it as a failure. */
export class TryAgainLater extends Error {
  override readonly name = 'TryAgainLater';
  constructor(
    readonly delayMs: number,
    reason: string,
  ) {
    super(reason);
  }
}

export type JobHandler<N extends JobName> = (payload: JobPayload<N>) => Promise<void>;

const concurrency: Readonly<Record<QueueName, number>> = { git: 4, bootstrap: 4, delivery: 8, rollback: 8, maintenance: 1 };
/** A job whose worker died is taken over after this long without a sign of life. */
const lockDurationMs = 15_000;
const failures = counter('flotilla_job_failures_total', 'Attempts of jobs that failed', ['job', 'reason']);

/**
 * Runs the jobs. Every job of the registry must have a handler before `start`. A handler's error is retried as the registry says, unless it
 * cannot get better by itself (a FlotillaError that is not retryable).
 */
@Injectable()
export class JobWorker implements OnApplicationShutdown {
  private readonly handlers = new Map<string, (payload: never) => Promise<void>>();
  private workers: Worker[] = [];

  constructor(
    @Inject(JOBS_DATABASE_URL) private readonly url: string,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  handle<N extends JobName>(name: N, handler: JobHandler<N>): void {
    if (this.handlers.has(name)) throw new Error(`the job ${name} has two handlers`);
    this.handlers.set(name, handler);
  }

  /** @throws when a job of the registry has no handler */
  start(): void {
    const missing = Object.keys(jobs).filter((name) => !this.handlers.has(name));
    if (missing.length > 0) throw new Error(`no handler for the jobs ${missing.join(', ')}`);
    const used = new Set(Object.values(jobs).map((job) => job.queue));
    this.workers = queues
      .filter((name) => (used as Set<string>).has(name))
      .map((name) => {
        const worker = new Worker(name, (job, token) => this.run(job, token), {
          connection: jobConnection(this.url) as never,
          concurrency: concurrency[name],
          lockDuration: lockDurationMs,
          stalledInterval: lockDurationMs,
          maxStalledCount: 100,
        });
        worker.on('error', (error) =>
          this.logger.warn(
            { err: error, queue: name },
            'a job queue has trouble with Postgres and tries again; when this stays, see whether DATABASE_URL answers and has connections left',
          ),
        );
        return worker;
      });
  }

  private async run(job: Job, token: string | undefined): Promise<void> {
    const name = job.name as JobName;
    const handler = this.handlers.get(name);
    if (!handler) throw new UnrecoverableError(`no handler for ${job.name}`);
    const payload = jobs[name].payload.parse(job.data);
    const started = Date.now();
    try {
      await handler(payload as never);
      this.logger.info({ job: name, jobId: job.id, ms: Date.now() - started }, 'job done');
    } catch (error) {
      if (error instanceof TryAgainLater) {
        const { DelayedError } = await import('bullmq');
        await job.moveToDelayed(Date.now() + error.delayMs, token);
        throw new DelayedError();
      }
      const code = error instanceof FlotillaError ? error.code : 'internal';
      failures.inc({ job: name, reason: code });
      const retried = !(error instanceof FlotillaError && !error.retryable) && job.attemptsMade + 1 < (job.opts.attempts ?? 1);
      this.logger.warn(
        { job: name, jobId: job.id, attempt: job.attemptsMade + 1, err: error },
        retried ? 'job failed; it will be tried again' : 'job failed for good; err says what to mend, then start again what asked for it',
      );
      if (error instanceof FlotillaError && !error.retryable) throw new UnrecoverableError(`${code}: ${error.message}`);
      throw error;
    }
  }

  /** Lets running jobs finish, then closes. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.workers = [];
  }
}

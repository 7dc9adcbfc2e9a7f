import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '@flotilla/database';
import { OutboxRelay } from '@flotilla/fleet/outbox';
import { JobQueue, JobWorker } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';

/** Months of ledger partitions made ahead. */
const monthsAhead = 12;
const hourMs = 3_600_000;
const lookMs = 60_000;

/** Hourly: makes the ledger's partitions ahead of time, forgets relayed outbox rows and what has expired. One replica does it, whichever is first. */
@Injectable()
export class PruneHistoryProcessor implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly worker: JobWorker,
    private readonly queue: JobQueue,
    private readonly relay: OutboxRelay,
    private readonly database: Database,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.worker.handle('prune-history', () => this.prune());
    this.timer = setInterval(() => void this.schedule(), lookMs);
    void this.schedule();
  }

  private async schedule(): Promise<void> {
    try {
      // the id names the hour, so the queue takes it once however many replicas wish for it
      await this.queue.add('prune-history', {}, { id: `prune-history.${Math.floor(Date.now() / hourMs)}`, delayMs: 0 });
    } catch (error) {
      this.logger.warn({ err: error }, 'could not schedule the hourly pruning; will try again');
    }
  }

  private async prune(): Promise<void> {
    await this.database.query(
      'select ledger_partition_ensure((current_date + make_interval(months => m))::date)::text as ok from generate_series(0, $1::int) m',
      [monthsAhead],
    );
    await this.relay.prune();
    await this.database.query('delete from assertion_use where expires_at < now() returning 1 as gone');
    await this.database.query('delete from user_session where expires_at < now() returning 1 as gone');
    await this.database.query(`delete from hook_receipt where received_at < now() - interval '1 day' returning 1 as gone`);
  }

  onApplicationShutdown(): void {
    if (this.timer) clearInterval(this.timer);
  }
}

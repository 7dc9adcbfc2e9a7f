import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '@flotilla/database';
import { type JobName, JobQueue } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import { ChangeFeed } from '../change-feed/index.js';

const batchMax = 100;
const pollMs = 1_000;
/** Relayed rows kept as a record. */
const keptHours = 24;

interface Row {
  id: string;
  job: JobName;
  payload: unknown;
  delay_ms: number;
}

/**
 * Moves outbox rows to the queue. A row is marked only after the job was added; killed in between, it is added again under the same job id,
 * which the queue takes once.
 */
@Injectable()
export class OutboxRelay implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private unlisten: () => void = () => undefined;

  constructor(
    private readonly database: Database,
    private readonly queue: JobQueue,
    private readonly changes: ChangeFeed,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  /** Relays at every nudge, and every second in case one was missed. */
  async start(): Promise<void> {
    this.unlisten = await this.changes.listen((change) => {
      if (change.topic === 'outbox' || change.topic === 'refresh') this.nudge();
    });
    this.timer = setInterval(() => this.nudge(), pollMs);
    this.nudge();
  }

  private nudge(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = this.relayAll()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'outbox relay: will try again'))
      .finally(() => {
        this.running = null;
        if (!this.again) return;
        this.again = false;
        this.nudge();
      });
  }

  private async relayAll(): Promise<void> {
    while (!this.stopped && (await this.relayBatch()) === batchMax);
  }

  /** Relays up to one batch; gives how many. */
  async relayBatch(): Promise<number> {
    return this.database.transaction(async () => {
      const rows = await this.database.query<Row>(
        `select id, job, payload, delay_ms from outbox_row where relayed_at is null order by created_at limit ${batchMax} for update skip locked`,
      );
      for (const row of rows) await this.queue.add(row.job, row.payload, { id: row.id, delayMs: row.delay_ms });
      if (rows.length > 0)
        await this.database.query('update outbox_row set relayed_at = now() where id = any($1::uuid[]) returning 1 as ok', [rows.map((row) => row.id)]);
      return rows.length;
    });
  }

  /** Forgets rows relayed long ago; gives how many. */
  async prune(): Promise<number> {
    const rows = await this.database.query(`delete from outbox_row where relayed_at < now() - interval '${keptHours} hours' returning 1 as gone`);
    return rows.length;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.unlisten();
    if (this.timer) clearInterval(this.timer);
    await this.running;
  }
}

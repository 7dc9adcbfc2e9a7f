import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { EventTopic } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import type { Logger } from '@flotilla/observability';
import pg from 'pg';

const channel = 'flotilla_changes';
/** Changes within this time become one NOTIFY. */
const coalesceMs = 25;
/** NOTIFY takes 8,000 bytes; more clusters than this become "all". */
const clusterIdsMax = 150;
const reconnectMs = 1_000;

/** What changed: a topic of the SSE stream, or an inner nudge (`commands`, `outbox`, `agents`). No cluster ids: any cluster. */
export type ChangeTopic = EventTopic | 'commands' | 'outbox' | 'agents';
export interface Change {
  topic: ChangeTopic;
  clusterIds: string[];
}

/**
 * Tells every replica that something changed, by LISTEN/NOTIFY on a connection of its own (inside the data's transaction NOTIFY would serialise
 * commits). A nudge, not a log: a listener that was away gets `refresh`.
 */
@Injectable()
export class ChangeFeed implements OnApplicationShutdown {
  private client: pg.Client | null = null;
  private connecting: Promise<void> | null = null;
  private readonly pending = new Map<ChangeTopic, Set<string> | 'all'>();
  private timer: NodeJS.Timeout | null = null;
  private readonly listeners = new Set<(change: Change) => void>();
  private closed = false;

  constructor(
    private readonly database: Database,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  /** Announces a change once the running transaction, if any, is committed. */
  publish(topic: ChangeTopic, clusterIds: readonly string[] = []): void {
    this.database.afterCommit(() => {
      const known = this.pending.get(topic);
      if (clusterIds.length === 0 || known === 'all') this.pending.set(topic, 'all');
      else {
        const ids = known ?? new Set<string>();
        for (const id of clusterIds) ids.add(id);
        this.pending.set(topic, ids.size > clusterIdsMax ? 'all' : ids);
      }
      this.timer ??= setTimeout(() => void this.flush(), coalesceMs);
    });
  }

  /** Calls `listener` for every change of any replica. Gives the function that stops it. */
  async listen(listener: (change: Change) => void): Promise<() => void> {
    this.listeners.add(listener);
    await this.connect();
    return () => this.listeners.delete(listener);
  }

  /** Announces what is pending. The timer stands until it is done, so that one flush runs at a time: a connection runs one statement at a time. */
  private async flush(): Promise<void> {
    await this.announce();
    this.timer = this.pending.size > 0 && !this.closed ? setTimeout(() => void this.flush(), coalesceMs) : null;
  }

  private async announce(): Promise<void> {
    const changes = [...this.pending].map(([topic, ids]): Change => ({ topic, clusterIds: ids === 'all' ? [] : [...ids] }));
    this.pending.clear();
    if (this.closed || changes.length === 0) return;
    try {
      await this.connect();
      for (const change of changes) await this.client?.query('select pg_notify($1, $2)', [channel, JSON.stringify(change)]);
    } catch (error) {
      // readers poll or reconnect with a refresh; a lost nudge costs them seconds, not data
      this.logger.warn(
        { err: error },
        'change feed: could not announce; viewers see the change when they read again; when this stays, see whether Postgres takes LISTEN connections',
      );
    }
  }

  private async connect(): Promise<void> {
    if (this.client || this.closed) return;
    this.connecting ??= this.open().finally(() => (this.connecting = null));
    await this.connecting;
  }

  private async open(): Promise<void> {
    const client = new pg.Client({ connectionString: this.database.url, connectionTimeoutMillis: 10_000, application_name: 'flotilla-change-feed' });
    const lost = (): void => {
      if (this.client !== client) return;
      this.client = null;
      if (!this.closed && this.listeners.size > 0) this.retry();
    };
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', (message) => {
      const change = parseChange(message.payload);
      if (change) for (const listener of this.listeners) listener(change);
    });
    await client.connect();
    await client.query(`listen ${channel}`);
    this.client = client;
  }

  private retry(): void {
    setTimeout(() => {
      if (this.closed || this.client) return;
      this.connect().then(
        () => {
          for (const listener of this.listeners) listener({ topic: 'refresh', clusterIds: [] });
        },
        () => this.retry(),
      );
    }, reconnectMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }
}

function parseChange(payload: string | undefined): Change | null {
  try {
    return payload ? (JSON.parse(payload) as Change) : null;
  } catch {
    return null;
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { PrismaClient } from './generated/client.js';
import type { Prisma } from './generated/client.js';

/** What repositories see: the client, or the transaction they run in. */
export type Tx = Prisma.TransactionClient;

export interface DatabaseOptions {
  /** Postgres URL; a direct or session-mode connection (LISTEN does not work through a transaction pooler). */
  url: string;
  /** most connections of this process' pool */
  poolSize?: number;
}
export const DATABASE_OPTIONS = Symbol('DATABASE_OPTIONS');

/** Longest a transaction may run, and wait for a connection. */
const transactionTimeoutMs = 30_000;
const transactionWaitMs = 10_000;
/** Longest wait for work of the same key elsewhere. */
const exclusiveWaitMs = 60_000;

interface Scope {
  tx: Tx;
  last: (() => Promise<void>)[];
  after: (() => void)[];
}

/**
 * Postgres for one process: Prisma for the model, hand-written SQL through the same transaction, a raw pool for the hot path.
 * A transaction is ambient: repositories called within `transaction` take part in it without passing it on.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly pool: pg.Pool;
  private readonly client: PrismaClient;
  private readonly scope = new AsyncLocalStorage<Scope>();

  constructor(@Inject(DATABASE_OPTIONS) private readonly options: DatabaseOptions) {
    this.pool = new pg.Pool({ connectionString: options.url, max: options.poolSize ?? 10, connectionTimeoutMillis: transactionWaitMs });
    // an idle connection that Postgres closes (restart, failover) is replaced at the next use
    this.pool.on('error', () => undefined);
    this.client = new PrismaClient({ adapter: new PrismaPg(this.pool, { disposeExternalPool: false }) });
  }

  get url(): string {
    return this.options.url;
  }

  /** The client, or the running transaction. */
  get prisma(): Tx {
    return this.scope.getStore()?.tx ?? this.client;
  }

  /** Runs hand-written SQL (`$1` parameters) in the running transaction or outside one. The caller names the row type its SQL gives. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.prisma.$queryRawUnsafe<Row[]>(sql, ...parameters);
  }

  /**
   * Runs `work` in one transaction; joins the running one when there is one.
   * What was given to `lastly` runs as its last statements; what was given to `afterCommit` runs only once it is durable.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.scope.getStore()) return work();
    const after: (() => void)[] = [];
    const result = await this.client.$transaction(
      (tx) => {
        const scope: Scope = { tx, last: [], after };
        return this.scope.run(scope, async () => {
          const value = await work();
          for (const statement of scope.last) await statement();
          return value;
        });
      },
      { timeout: transactionTimeoutMs, maxWait: transactionWaitMs },
    );
    for (const effect of after) effect();
    return result;
  }

  /** Keeps `statement` for the end of the running transaction (audit appends: their row lock is held shortest there). Outside one, it runs in its own. */
  async lastly(statement: () => Promise<void>): Promise<void> {
    const scope = this.scope.getStore();
    if (scope) scope.last.push(statement);
    else await this.transaction(statement);
  }

  /** Calls `effect` once the running transaction is committed; at once outside one. For nudges only: what must happen goes through the outbox. */
  afterCommit(effect: () => void): void {
    const scope = this.scope.getStore();
    if (scope) scope.after.push(effect);
    else effect();
  }

  /**
   * Runs `work` while no other process runs work of the same `key` (a session's advisory lock, given back when the connection is lost). Takes a
   * connection of the pool for as long; for work outside Postgres, such as writing a branch. @throws when the lock is not free within `waitMs`
   */
  async exclusively<T>(key: string, work: () => Promise<T>, waitMs = exclusiveWaitMs): Promise<T> {
    const client = await this.pool.connect();
    let lost: Error | boolean = false;
    const onError = (error: Error): void => void (lost = error);
    client.on('error', onError);
    try {
      await client.query(`set lock_timeout = ${Math.round(waitMs)}`);
      await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [key]);
      try {
        return await work();
      } finally {
        await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]).catch((error: Error) => (lost = error));
      }
    } finally {
      await client.query('reset lock_timeout').catch((error: Error) => (lost = error));
      client.off('error', onError);
      client.release(lost);
    }
  }

  /** Postgres' clock, the time of record of all replicas. */
  async now(): Promise<Date> {
    const [row] = await this.query<{ now: Date }>('select clock_timestamp() as now');
    if (!row) throw new Error('Postgres gave no time');
    return row.now;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  private closed = false;
  /** Closes every connection; safe to call twice. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.client.$disconnect();
    await this.pool.end();
  }
}

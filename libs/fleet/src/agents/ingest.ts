import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { isTransient } from '@flotilla/database';
import { counter, histogram, type Logger } from '@flotilla/observability';
import { ChangeFeed } from '../change-feed/index.js';
import type { ClusterStream } from './cluster-stream.js';
import { ConnectionsRepository } from './connections.repository.js';
import { type ClusterWrite, IngestWriter } from './ingest-writer.js';

/** A group commit starts this long after the first frame that waits, or at this many rows. */
const flushMs = 5;
const flushRows = 3_000;
/** Group commits that run at once. */
const concurrentWritesMax = 2;
/** Rows that may wait before sockets are no longer read. */
const waitingRowsMax = 12_000;
const touchMs = 1_000;
const retryMsMin = 100;
const retryMsMax = 2_000;

const rowsWritten = counter('flotilla_ingest_rows', 'object statuses written');
const writeFailures = counter('flotilla_ingest_write_failures', 'group commits that failed', ['reason']);
const writeSeconds = histogram('flotilla_ingest_write_seconds', 'time of a group commit', [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]);

/**
 * Group commit across clusters: streams that have something new wait a few milliseconds and are written together; each is told once that is durable
 * (invariant 4). A stream is in at most one running commit, so its rows are written in order.
 */
@Injectable()
export class Ingest implements OnApplicationShutdown {
  private readonly waiting = new Set<ClusterStream>();
  private readonly writing = new Set<ClusterStream>();
  private readonly touched = new Map<string, ClusterStream>();
  private waitingRows = 0;
  private rowsInFlight = 0;
  private running = 0;
  private timer: NodeJS.Timeout | null = null;
  private touchTimer: NodeJS.Timeout | null = null;
  private roomWaiters: (() => void)[] = [];
  private readonly idleWaiters: (() => void)[] = [];
  private stopping = false;

  constructor(
    private readonly writer: IngestWriter,
    private readonly connections: ConnectionsRepository,
    private readonly changes: ChangeFeed,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  /** The stream took a frame: it is written with the next group commit. */
  submit(stream: ClusterStream, rows: number): void {
    this.waiting.add(stream);
    this.waitingRows += rows;
    if (this.waitingRows >= flushRows) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), flushMs);
  }

  /** The agent gave a sign of life; stored with many others within a second. Only a stream with nothing open counts as fresh. */
  touch(stream: ClusterStream): void {
    if (!stream.isWhole) return;
    this.touched.set(stream.owner.clusterId, stream);
    this.touchTimer ??= setTimeout(() => void this.flushTouches(), touchMs);
  }

  /** Forgets a stream whose connection is gone; what is being written still is. */
  drop(stream: ClusterStream): void {
    this.waiting.delete(stream);
    if (this.touched.get(stream.owner.clusterId) === stream) this.touched.delete(stream.owner.clusterId);
  }

  /** Resolves when another frame may be read: back-pressure for sockets. */
  room(): Promise<void> | null {
    if (this.waitingRows + this.rowsInFlight < waitingRowsMax) return null;
    return new Promise((resolve) => this.roomWaiters.push(resolve));
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    while (this.running < concurrentWritesMax) {
      const streams = this.nextStreams();
      if (streams.length === 0) return;
      void this.run(streams);
    }
  }

  private nextStreams(): ClusterStream[] {
    const streams: ClusterStream[] = [];
    let rows = 0;
    for (const stream of this.waiting) {
      if (this.writing.has(stream)) continue;
      streams.push(stream);
      rows += stream.view.pendingRows;
      if (rows >= flushRows) break;
    }
    return streams;
  }

  private async run(streams: readonly ClusterStream[]): Promise<void> {
    this.running += 1;
    const writes = new Map<ClusterStream, ClusterWrite>();
    let rows = 0;
    for (const stream of streams) {
      this.waiting.delete(stream);
      this.writing.add(stream);
      const write = stream.takeWrite();
      rows += write.batch.upserts.length + write.batch.deletes.length;
      writes.set(stream, write);
    }
    // coalescing makes fewer rows of what was submitted, so the count starts anew whenever nothing is left
    this.waitingRows = this.waiting.size === 0 ? 0 : Math.max(0, this.waitingRows - rows);
    this.rowsInFlight += rows;
    try {
      await this.writeUntilDone(writes);
    } finally {
      this.rowsInFlight -= rows;
      this.running -= 1;
      for (const stream of streams) this.writing.delete(stream);
      if (this.waiting.size > 0) this.flush();
      this.wakeRoom();
      if (this.running === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
    }
  }

  private wakeRoom(): void {
    if (this.waitingRows + this.rowsInFlight >= waitingRowsMax) return;
    const waiters = this.roomWaiters;
    this.roomWaiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Tries again while Postgres is away; sockets are not read meanwhile. */
  private async writeUntilDone(writes: ReadonlyMap<ClusterStream, ClusterWrite>): Promise<void> {
    for (let delay = retryMsMin; ; delay = Math.min(delay * 2, retryMsMax)) {
      const stop = writeSeconds.startTimer();
      try {
        const owned = await this.writer.write([...writes.values()]);
        stop();
        this.settle(writes, owned);
        return;
      } catch (error) {
        const transient = isTransient(error);
        writeFailures.inc({ reason: transient ? 'transient' : 'refused' });
        if (transient && !this.stopping) {
          this.logger.warn({ err: error, clusters: writes.size }, 'ingest: the group commit will be tried again');
          await wait(delay);
        } else if (!transient && writes.size > 1) {
          await this.writeOneByOne(writes);
          return;
        } else {
          this.logger.warn({ err: error, clusterIds: [...writes.keys()].map((stream) => stream.owner.clusterId) }, 'ingest: the status could not be stored');
          for (const stream of writes.keys()) stream.events.failed(error);
          return;
        }
      }
    }
  }

  /** One cluster's data must not keep the others' from being stored. */
  private async writeOneByOne(writes: ReadonlyMap<ClusterStream, ClusterWrite>): Promise<void> {
    for (const [stream, write] of writes) await this.writeUntilDone(new Map([[stream, write]]));
  }

  private settle(writes: ReadonlyMap<ClusterStream, ClusterWrite>, owned: ReadonlySet<string>): void {
    const changed: string[] = [];
    const recorded: string[] = [];
    for (const [stream, { clusterId, sequence, batch }] of writes) {
      if (!owned.has(clusterId)) {
        stream.events.fenced();
        continue;
      }
      rowsWritten.inc(batch.upserts.length + batch.deletes.length);
      stream.events.committed(sequence);
      if (batch.upserts.length + batch.deletes.length > 0) changed.push(clusterId);
      if (batch.opened.length + batch.amended.length + batch.closed.length > 0) recorded.push(clusterId);
    }
    if (changed.length > 0) {
      this.changes.publish('objects', changed);
      this.changes.publish('clusters', changed);
    }
    if (recorded.length > 0) this.changes.publish('ledger', recorded);
  }

  private async flushTouches(): Promise<void> {
    this.touchTimer = null;
    const streams = [...this.touched.values()];
    this.touched.clear();
    if (streams.length === 0 || this.stopping) return;
    try {
      const heard = await this.connections.touch(streams.map((stream) => stream.owner));
      for (const stream of streams) if (!heard.owned.has(stream.owner.clusterId)) stream.events.fenced();
      if (heard.wokenIds.length > 0) this.changes.publish('clusters', heard.wokenIds);
    } catch (error) {
      // the next heartbeat tries again; until then the cluster counts as silent sooner, never later
      this.logger.warn({ err: error }, 'ingest: signs of life were not stored');
    }
  }

  /** Writes what waits, lets running group commits end, takes nothing more. Safe to call twice. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.touchTimer) clearTimeout(this.touchTimer);
    if (this.timer) this.flush();
    if (this.running > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.stop();
  }
}

import type { EventTopic, HubEvent } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';
import type { Response } from 'express';

/** Least time between two batches to one viewer: four a second. */
const viewerFlushMs = 250;
/** More clusters than this in one event become "any". */
const clusterIdsMax = 200;
/** A viewer that has not taken this much is cut off; it comes back with its last id. */
const bufferedBytesMax = 1024 * 1024;

/** One open event stream: collects what changed and sends it, coalesced by topic. */
export class EventViewer {
  private readonly pending = new Map<EventTopic, Set<string> | 'any'>();
  private timer: NodeJS.Timeout | null = null;

  /** @param filter keeps the cluster ids that the principal may see */
  constructor(
    readonly principal: Principal,
    private readonly response: Response,
    private readonly filter: (principal: Principal, clusterIds: readonly string[]) => Promise<readonly string[]>,
  ) {}

  /** Something changed; no cluster ids: of any cluster. */
  add(topic: EventTopic, clusterIds: readonly string[]): void {
    const known = this.pending.get(topic);
    if (clusterIds.length === 0 || known === 'any') this.pending.set(topic, 'any');
    else {
      const ids = new Set([...(known ?? []), ...clusterIds]);
      this.pending.set(topic, ids.size > clusterIdsMax ? 'any' : ids);
    }
    this.timer ??= setTimeout(() => void this.flush().catch(() => this.end()), viewerFlushMs);
  }

  /** A comment that keeps proxies from closing the stream. */
  beat(): void {
    this.write(': beat\n\n');
  }

  end(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.response.end();
  }

  private async flush(): Promise<void> {
    const changes = [...this.pending];
    this.pending.clear();
    for (const [topic, ids] of changes) {
      const visible = ids === 'any' ? [] : await this.filter(this.principal, [...ids]);
      // an empty list means "any": what touches no cluster in scope is not sent at all
      if (ids === 'any' || visible.length > 0) this.send({ topic, clusterIds: [...visible] });
    }
    this.timer = null;
    const [next] = this.pending.keys();
    if (next !== undefined) this.timer = setTimeout(() => void this.flush().catch(() => this.end()), viewerFlushMs);
  }

  private send(event: HubEvent): void {
    this.write(`id: ${Date.now()}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  private write(text: string): void {
    if (this.response.writableLength > bufferedBytesMax) this.response.destroy();
    else if (!this.response.writableEnded) this.response.write(text);
  }
}

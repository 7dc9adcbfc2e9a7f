import { Outbox, type OutboxFrame } from '@flotilla/agent-runtime';

/** What a load run counts, over all its connections. */
export interface LoadCounts {
  /** objects in acked frames: durable at the hub */
  acked: number;
  /** from frame sent to ack received, ms, one per frame; the newest `latenciesMax` */
  readonly ackMs: number[];
}

const latenciesMax = 100_000;

/** The agent's outbox, timing its frames. */
export class MeasuredOutbox extends Outbox {
  private readonly sent = new Map<number, { readonly at: number; readonly objects: number }>();

  constructor(
    epoch: string,
    private readonly counts: LoadCounts,
    private readonly acknowledged: () => void,
  ) {
    super(epoch);
  }

  override next(): OutboxFrame | undefined {
    const frame = super.next();
    if (frame) this.sent.set(frame.sequence, { at: performance.now(), objects: frame.objects });
    return frame;
  }

  override ack(sequence: number): void {
    super.ack(sequence);
    const now = performance.now();
    for (const [number, { at, objects }] of this.sent) {
      if (number > sequence) break;
      this.sent.delete(number);
      this.counts.acked += objects;
      if (this.counts.ackMs.length >= latenciesMax) this.counts.ackMs.shift();
      this.counts.ackMs.push(now - at);
    }
    this.acknowledged();
  }

  /** Whether the hub has everything. */
  get isDelivered(): boolean {
    return this.isSettled && this.sent.size === 0;
  }
}

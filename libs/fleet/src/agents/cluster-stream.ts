import type { DataFrame } from '@flotilla/contracts';
import { type FrameVerdict, StreamCursor } from '@flotilla/domain';
import type { ClusterView } from './cluster-view.js';
import type { ClusterWrite } from './ingest-writer.js';

/** Most objects a hub takes from one cluster. */
export const clusterObjectsMax = 50_000;

/** What a stream's connection is told. */
export interface StreamEvents {
  /** everything up to `sequence` is durable */
  committed(sequence: number): void;
  /** a newer connection owns the cluster; nothing more of this one is written */
  fenced(): void;
  /** what this stream sent cannot be stored */
  failed(error: unknown): void;
}

/** `differs`: the digest of a completed snapshot is not that of what was applied. */
export type TakeResult = FrameVerdict | 'wrong-epoch' | 'too-many' | 'differs';

/** One authoritative connection's stream of data frames: checks their order, applies them to the view, tells what to write. */
export class ClusterStream {
  private readonly cursor: StreamCursor;
  private snapshotEnded = false;

  constructor(
    readonly owner: { readonly clusterId: string; readonly generation: number; readonly incarnation: number },
    readonly epoch: string,
    readonly view: ClusterView,
    readonly events: StreamEvents,
    resume: { readonly sequence: number; readonly awaitSnapshot: boolean },
  ) {
    this.cursor = new StreamCursor(resume);
  }

  get sequence(): number {
    return this.cursor.sequence;
  }

  /** Whether what was applied is the whole state of the cluster. */
  get isWhole(): boolean {
    return this.cursor.isWhole;
  }

  take(frame: DataFrame): TakeResult {
    if (frame.epoch !== this.epoch) return 'wrong-epoch';
    const verdict = this.cursor.take(frame.type === 'snapshot' ? { sequence: frame.sequence, snapshot: frame } : { sequence: frame.sequence });
    if (verdict !== 'apply') return verdict;
    if (frame.type === 'deltas') {
      for (const status of frame.upserts) this.view.upsert(status);
      for (const key of frame.deletes) this.view.remove(key);
    } else {
      if (frame.start) this.view.startSnapshot();
      for (const status of frame.objects) this.view.upsert(status);
      if (frame.end) {
        this.view.endSnapshot();
        this.snapshotEnded = true;
        if (frame.digest !== undefined && frame.digest !== this.view.digest()) {
          this.cursor.awaitSnapshot();
          return 'differs';
        }
      }
    }
    return this.view.size > clusterObjectsMax ? 'too-many' : 'apply';
  }

  /** Compares digests; only at the same frame do they say anything. False: they differ, and a snapshot is awaited from here on. */
  compare(digest: string, sequence: number): boolean {
    if (!this.cursor.isWhole || sequence !== this.cursor.sequence || digest === this.view.digest()) return true;
    this.cursor.awaitSnapshot();
    return false;
  }

  /** Everything that waits to be written, under this stream's guard. */
  takeWrite(): ClusterWrite {
    const { isWhole, sequence } = this.cursor;
    const snapshotEnd = this.snapshotEnded && isWhole;
    this.snapshotEnded = false;
    return { ...this.owner, epoch: isWhole ? this.epoch : null, sequence, whole: isWhole, snapshotEnd, batch: this.view.takeBatch() };
  }
}

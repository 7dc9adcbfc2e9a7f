/** What to do with a data frame. `skip`: a snapshot is awaited and this is not its start. `gap`: a frame is missing, ask for a snapshot. */
export type FrameVerdict = 'apply' | 'duplicate' | 'gap' | 'skip';

/** The part of a data frame that decides on its order. */
export interface FramePosition {
  readonly sequence: number;
  readonly snapshot?: { readonly start: boolean; readonly end: boolean };
}

/**
 * Order of the data frames of one epoch (invariant 4): each is applied once and in order; a missing one makes everything up to the start of the next
 * snapshot void, which may begin at any later number because it replaces all that is known.
 */
export class StreamCursor {
  private mode: 'live' | 'awaiting' | 'snapshot';
  private last: number;

  constructor(options: { readonly sequence: number; readonly awaitSnapshot: boolean }) {
    this.last = options.sequence;
    this.mode = options.awaitSnapshot ? 'awaiting' : 'live';
  }

  /** Number of the last frame applied. */
  get sequence(): number {
    return this.last;
  }

  /** Whether what is applied is the whole state: no snapshot is awaited or half received. */
  get isWhole(): boolean {
    return this.mode === 'live';
  }

  take(frame: FramePosition): FrameVerdict {
    if (frame.sequence <= this.last) return 'duplicate';
    if (frame.snapshot?.start) return this.apply(frame, frame.snapshot.end ? 'live' : 'snapshot');
    if (this.mode === 'awaiting') return 'skip';
    if (frame.sequence !== this.last + 1 || (frame.snapshot && this.mode !== 'snapshot')) {
      this.mode = 'awaiting';
      return 'gap';
    }
    return this.apply(frame, frame.snapshot?.end ? 'live' : this.mode);
  }

  /** Everything until the next snapshot is void: the two sides were found to differ. */
  awaitSnapshot(): void {
    this.mode = 'awaiting';
  }

  private apply(frame: FramePosition, mode: 'live' | 'snapshot'): 'apply' {
    this.last = frame.sequence;
    this.mode = mode;
    return 'apply';
  }
}

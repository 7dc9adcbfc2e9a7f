interface Window {
  startedAt: number;
  count: number;
}

/** Keys remembered at once; the oldest goes first. */
const keysMax = 10_000;

/** Counts attempts per key in fixed windows, in memory: each replica has a count of its own. */
export class AttemptLimiter {
  private readonly windows = new Map<string, Window>();

  constructor(
    private readonly max: number,
    private readonly windowMs: number,
  ) {}

  /** Milliseconds until the key may try again; 0: now. Does not count. */
  waitMs(key: string, now: number): number {
    const window = this.windows.get(key);
    if (!window || now - window.startedAt >= this.windowMs || window.count < this.max) return 0;
    return window.startedAt + this.windowMs - now;
  }

  /** Counts one attempt; gives how many there were in the window, this one included. */
  count(key: string, now: number): number {
    let window = this.windows.get(key);
    if (!window || now - window.startedAt >= this.windowMs) {
      window = { startedAt: now, count: 0 };
      this.windows.delete(key);
      this.windows.set(key, window);
      const [oldest] = this.windows.keys();
      if (this.windows.size > keysMax && oldest !== undefined) this.windows.delete(oldest);
    }
    window.count += 1;
    return window.count;
  }

  clear(key: string): void {
    this.windows.delete(key);
  }
}

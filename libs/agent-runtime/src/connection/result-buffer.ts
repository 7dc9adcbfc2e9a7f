import type { CommandResult } from '@flotilla/contracts/agent';

/** A result sent on a connection that broke within this time may not have arrived: it is sent again. */
const certainAfterMs = 60_000;
const resultsMax = 1000;

/** Results of commands until they have surely reached the hub. The hub takes a repeated result once. */
export class ResultBuffer {
  private readonly results = new Map<string, { readonly result: CommandResult; sentAt: number | undefined }>();

  constructor(private readonly now: () => number) {}

  add(result: CommandResult): void {
    this.results.set(result.id, { result, sentAt: undefined });
    // the oldest goes first: by then its command has long expired, and the hub says so
    for (const id of this.results.keys()) {
      if (this.results.size <= resultsMax) break;
      this.results.delete(id);
    }
  }

  /** What is to be sent now; it counts as sent afterwards. */
  unsent(): CommandResult[] {
    const now = this.now();
    const found: CommandResult[] = [];
    for (const [id, entry] of this.results) {
      if (entry.sentAt === undefined) {
        entry.sentAt = now;
        found.push(entry.result);
      } else if (now - entry.sentAt > certainAfterMs) this.results.delete(id);
    }
    return found;
  }

  /** The connection broke: what was sent lately counts as not sent. */
  disconnected(): void {
    const now = this.now();
    for (const entry of this.results.values()) if (entry.sentAt !== undefined && now - entry.sentAt <= certainAfterMs) entry.sentAt = undefined;
  }
}

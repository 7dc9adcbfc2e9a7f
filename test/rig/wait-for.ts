import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_EVERY_MS = 100;

/**
 * Calls `attempt` until it gives something other than undefined or false, and gives that. An attempt that throws is tried
 * again; when the time is up, the error says what was waited for and carries the last failure.
 */
export async function waitFor<T>(what: string, attempt: () => Promise<T | undefined | false> | T | undefined | false, options: WaitOptions = {}): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const deadline = Date.now() + timeoutMs;
  let failure: unknown;
  do {
    try {
      const result = await attempt();
      if (result !== undefined && result !== false) return result;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await delay(options.everyMs ?? DEFAULT_EVERY_MS);
  } while (Date.now() < deadline);
  const reason = failure instanceof Error ? `: ${failure.message}` : '';
  throw new Error(`gave up waiting for ${what} after ${timeoutMs} ms${reason}`, { cause: failure });
}

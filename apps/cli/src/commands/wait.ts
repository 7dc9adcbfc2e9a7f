import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';

const pollIntervalMs = 1000;
export const waitTimeoutDefault = '5m';

/** Reads again and again until `settled` gives something; exit code 5 after the time limit, naming what was waited for. */
export async function waitFor<T, R>(
  context: Context,
  what: string,
  timeoutSeconds: number,
  read: () => Promise<T>,
  settled: (value: T) => R | undefined,
): Promise<R> {
  const deadline = context.now().getTime() + timeoutSeconds * 1000;
  for (;;) {
    const result = settled(await read());
    if (result !== undefined) return result;
    if (context.now().getTime() >= deadline)
      throw new CliError(
        exitCodes.timeout,
        `${what} did not happen within ${timeoutSeconds} s; it may still: look with flotilla get, or wait longer with --timeout`,
      );
    await context.sleep(pollIntervalMs);
  }
}

import { setTimeout as timer } from 'node:timers/promises';

/** Waits `ms` or until `signal` aborts, whichever comes first; never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await timer(ms, undefined, { signal, ref: true }).catch(() => undefined);
}

/** `ms` within ±`spread` (a share of 1) of itself, so that a fleet started at once does not act at once. */
export function jittered(ms: number, spread: number, random: () => number): number {
  return Math.round(ms * (1 - spread + 2 * spread * random()));
}

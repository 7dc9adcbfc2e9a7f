const backoffFloorMs = 500;
export const backoffCapMs = 60_000;

/**
 * Wait before attempt number `failures` + 1, in ms: doubles from the floor to the cap, fully jittered in its upper half so that a fleet does not
 * return at once. `retryAfterMs`, when the hub asked for it, is the least wait.
 */
export function backoffMs(failures: number, random: () => number, retryAfterMs = 0): number {
  const ceiling = Math.min(backoffCapMs, backoffFloorMs * 2 ** Math.min(failures, 20));
  const wait = ceiling / 2 + (ceiling / 2) * random();
  // spread over a quarter of what was asked, never below it
  return Math.round(Math.max(wait, retryAfterMs * (1 + random() / 4)));
}

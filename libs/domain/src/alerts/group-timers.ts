import type { Route } from './routing.js';

/** A notification group as it is stored: Alertmanager's dispatcher timer and notification log in one. */
export interface GroupState {
  readonly firstAt: Date;
  readonly lastSentAt: Date | null;
  /** fingerprints told at the last message */
  readonly toldFiring: readonly string[];
  readonly toldResolved: readonly string[];
}

export interface GroupDecision {
  readonly send: boolean;
  /** when to look again; null: the group is over */
  readonly nextFlushAt: Date | null;
  readonly toldFiring: readonly string[];
  readonly toldResolved: readonly string[];
}

type Timers = Pick<Route, 'groupWaitMs' | 'groupIntervalMs' | 'repeatIntervalMs'>;

/** When a new group is told first. */
export function firstFlush(timers: Timers, now: Date): Date {
  return new Date(now.getTime() + timers.groupWaitMs);
}

/**
 * Whether a group is to be told now, and when to look again. Told: a firing alert not told before, the last of those told being resolved, with
 * `sendResolved` any resolved one, or the same again after `repeat_interval`. What never was told as firing is not told as resolved.
 */
export function nextFlush(
  group: GroupState,
  alerts: { readonly firing: readonly string[]; readonly resolved: readonly string[] },
  options: Timers & { readonly sendResolved: boolean },
  now: Date,
): GroupDecision {
  const firing = [...new Set(alerts.firing)];
  const told = new Set(group.toldFiring);
  const resolved = [...new Set(alerts.resolved)].filter(
    (fingerprint) => !firing.includes(fingerprint) && (told.has(fingerprint) || group.toldResolved.includes(fingerprint)),
  );
  const send = isDue(group, firing, resolved, options, now);
  const nextFlushAt = firing.length === 0 ? null : new Date(now.getTime() + options.groupIntervalMs);
  return send
    ? { send, nextFlushAt, toldFiring: firing, toldResolved: resolved }
    : { send, nextFlushAt, toldFiring: group.toldFiring, toldResolved: group.toldResolved };
}

function isDue(
  group: GroupState,
  firing: readonly string[],
  resolved: readonly string[],
  options: Timers & { readonly sendResolved: boolean },
  now: Date,
): boolean {
  if (group.lastSentAt === null) return firing.length > 0;
  if (firing.some((fingerprint) => !group.toldFiring.includes(fingerprint))) return true;
  if (firing.length === 0) return options.sendResolved && group.toldFiring.length > 0;
  if (options.sendResolved && resolved.some((fingerprint) => !group.toldResolved.includes(fingerprint))) return true;
  return now.getTime() - group.lastSentAt.getTime() >= options.repeatIntervalMs;
}

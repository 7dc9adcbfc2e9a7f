const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in its largest whole unit: `12 s`, `9 min`, `3 h`, `4 d`. */
export function durationText(ms: number): string {
  const length = Math.max(0, ms);
  if (length < minute) return `${Math.floor(length / 1000)} s`;
  if (length < hour) return `${Math.floor(length / minute)} min`;
  if (length < 2 * day) return `${Math.floor(length / hour)} h`;
  return `${Math.floor(length / day)} d`;
}

/** `9 min ago`; below five seconds, and for clocks that run ahead, `now`. */
export function agoText(instant: string, now: number): string {
  const ms = now - Date.parse(instant);
  return ms < 5000 ? 'now' : `${durationText(ms)} ago`;
}

const parts = { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const;
/** The absolute time with its zone, for hover and for people who want it exact. */
export function absoluteText(instant: string, utc: boolean): string {
  return new Intl.DateTimeFormat('en-GB', { ...parts, ...(utc ? { timeZone: 'UTC' } : {}), timeZoneName: 'short' }).format(new Date(instant));
}

/** The time of day alone: `12:04`. */
export function clockText(instant: string, utc: boolean): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hour12: false, ...(utc ? { timeZone: 'UTC' } : {}) }).format(new Date(instant));
}

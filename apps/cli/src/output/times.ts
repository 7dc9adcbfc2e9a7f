/** How long ago, in one unit: `12s`, `5m`, `3h`, `9d`; empty for none. */
export function age(instant: string | null | undefined, now: Date): string {
  if (!instant) return '';
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(instant)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Minutes are enough for a list: `2026-05-03 14:07Z`; empty for none. */
export function minute(instant: string | null | undefined): string {
  return instant ? `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')}Z` : '';
}

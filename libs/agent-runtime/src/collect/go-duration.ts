const unitSeconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 0.000001, µs: 0.000001, ns: 0.000000001 };

/** Whole seconds (rounded up) of a Go duration as Flux writes it, e.g. `3m0s`, `1h30m`; undefined when it is not one. */
export function goDurationSeconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|us|µs|ns|s))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(h|ms|m|us|µs|ns|s)/g)) seconds += Number(amount) * (unitSeconds[unit ?? ''] ?? 0);
  return Math.ceil(seconds);
}

import { FlagError } from './flag-error.js';

const unitNanoseconds: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const part = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;

/** Nanoseconds of a duration as Go's `time.ParseDuration` reads it: `90s`, `1h30m`, `1.5h`, `0`. Throws FlagError. */
export function parseGoDuration(text: string, flag: string): number {
  const negative = text.startsWith('-');
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  let total = 0;
  do {
    const match = part.exec(rest);
    const [whole, amount, unit] = match ?? [];
    if (whole === undefined || amount === undefined || unit === undefined)
      throw new FlagError(flag, `${JSON.stringify(text)} is not a duration; write it as 90s, 10m or 1h30m`);
    total += Number(amount) * (unitNanoseconds[unit] ?? 0);
    rest = rest.slice(whole.length);
  } while (rest !== '');
  return Math.round(negative ? -total : total);
}

/** A duration as Go prints it, which is how Flux writes intervals: 60 s is `1m0s`, 1.5 s is `1.5s`, 100 ms is `100ms`. */
export function formatGoDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  const sign = nanoseconds < 0 ? '-' : '';
  const value = Math.abs(nanoseconds);
  if (value < 1e9) {
    const [unit, size] = value < 1e3 ? ['ns', 1] : value < 1e6 ? ['µs', 1e3] : ['ms', 1e6];
    return `${sign}${value / Number(size)}${unit}`;
  }
  const hours = Math.floor(value / 3600e9);
  const minutes = Math.floor((value % 3600e9) / 60e9);
  const seconds = `${fraction(value % 60e9)}s`;
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}`;
}

function fraction(nanoseconds: number): string {
  const whole = Math.floor(nanoseconds / 1e9);
  const rest = String(nanoseconds % 1e9)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return rest === '' ? String(whole) : `${whole}.${rest}`;
}

import { labels, type Labels } from '@flotilla/contracts';

/** Reads `region=eu, ring=1` (commas or spaces); says what is wrong instead of guessing. */
export function parseLabels(text: string): { labels: Labels; problem: null } | { labels: null; problem: string } {
  const found: Labels = {};
  for (const word of text.split(/[\s,]+/).filter(Boolean)) {
    const equals = word.indexOf('=');
    if (equals <= 0) return { labels: null, problem: `"${word}" is not key=value` };
    const key = word.slice(0, equals);
    if (key in found) return { labels: null, problem: `"${key}" is given twice` };
    found[key] = word.slice(equals + 1);
  }
  const checked = labels.safeParse(found);
  return checked.success
    ? { labels: checked.data, problem: null }
    : { labels: null, problem: `${checked.error.issues[0]?.path.join('.') ?? 'labels'}: ${checked.error.issues[0]?.message ?? 'not valid'}` };
}

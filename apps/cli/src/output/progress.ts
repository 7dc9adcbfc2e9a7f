import type { Context } from '../context.js';

const marks = { did: '✔', doing: '►', waiting: '◎', failed: '✗', note: '·' } as const;
const colors = { did: '\u001b[32m', doing: '\u001b[36m', waiting: '\u001b[36m', failed: '\u001b[31m', note: '\u001b[2m' } as const;
const reset = '\u001b[0m';

/** Says on stderr what is going on; data goes to stdout, so that it can be piped. */
export function say(context: Context, mark: keyof typeof marks, text: string): void {
  const colored = context.config.color && context.stderr.isTTY;
  context.stderr.write(`${colored ? colors[mark] : ''}${marks[mark]}${colored ? reset : ''} ${text}\n`);
}

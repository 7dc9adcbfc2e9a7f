import type { Context } from './context.js';
import { CliError, exitCodes } from './exit-codes.js';

/** Asks before something is done that is hard to undo. Throws unless the answer is yes: exit 4; with nobody to ask: exit 2 with `alone`, what to do then. */
export async function confirm(context: Context, question: string, alone: string): Promise<void> {
  const answer = await context.ask(`${question} [y/N] `);
  if (answer === undefined) throw new CliError(exitCodes.usage, `nobody is here to be asked: ${alone}`);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(exitCodes.conditionNotMet, 'nothing was done');
}

import { FlotillaError } from '@flotilla/contracts';

/** A flag that is missing or has a value that cannot be taken. `flag` is its name without dashes. */
export class FlagError extends FlotillaError {
  constructor(
    readonly flag: string,
    problem: string,
  ) {
    super('bad-request', `--${flag}: ${problem}`);
  }
}

import { FlotillaError } from '@flotilla/contracts';
import { type Command, Option } from 'commander';

/** A flag of flux that is known here and not taken. */
export interface RefusedFlag {
  /** as flux spells it, without dashes */
  readonly name: string;
  readonly short?: string;
  /** what follows it; nothing for a switch */
  readonly value?: string;
  readonly why: string;
  readonly instead: string;
  /** the value that asks for what happens anyway, and so is taken */
  readonly unless?: string;
  /** only `--name=false` is refused */
  readonly negated?: true;
}

/** A flag that is known and was refused; the command has written nothing by then. */
export class RefusedFlagError extends FlotillaError {
  constructor(
    readonly flag: string,
    problem: string,
  ) {
    super('flag-unsupported', `${flag} is refused, and nothing was written: ${problem}`);
  }
}

const refusedOf = new WeakMap<Command, readonly RefusedFlag[]>();

/** Makes the flags known to the command, in a list of their own below its help. {@link refuseFlags} refuses them. */
export function withRefusedFlags(command: Command, flags: readonly RefusedFlag[]): Command {
  refusedOf.set(command, flags);
  for (const flag of flags) command.addOption(optionOf(flag));
  const names = flags.map(spelling).join(' ');
  return command.addHelpText(
    'after',
    () => `\nFlags of flux that are refused (giving one says why and what to do instead):\n${names.replace(/(.{1,76})(?: |$)/g, '  $1\n')}`,
  );
}

export function refusedFlagsOf(command: Command): readonly RefusedFlag[] {
  return refusedOf.get(command) ?? [];
}

/** Throws RefusedFlagError for the first refused flag that was given. */
export function refuseFlags(command: Command): void {
  const given = command.opts<Record<string, unknown>>();
  for (const flag of refusedFlagsOf(command)) {
    const value = given[optionOf(flag).attributeName()];
    const isGiven = flag.negated ? value === false : value !== undefined && value !== false && value !== flag.unless;
    if (isGiven) throw new RefusedFlagError(spelling(flag), `${flag.why}; ${flag.instead}`);
  }
}

/** As it is written on a command line. */
export function spelling({ name, negated }: RefusedFlag): string {
  return `--${name}${negated ? '=false' : ''}`;
}

function optionOf({ name, short, value, negated, why, instead }: RefusedFlag): Option {
  const flags = `${short === undefined ? '' : `-${short}, `}--${negated ? 'no-' : ''}${name}${value === undefined ? '' : ` <${value}>`}`;
  return new Option(flags, `${why}; ${instead}`).hideHelp();
}

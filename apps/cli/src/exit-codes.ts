import type { FlotillaError } from '@flotilla/contracts';

/** What the shell sees. */
export const exitCodes = { ok: 0, error: 1, usage: 2, notFound: 3, conditionNotMet: 4, timeout: 5 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with an exit code of its own; an empty message prints nothing. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}

const notFoundCodes = ['not-found', 'revision-unknown'];
const usageCodes = ['selector-invalid', 'cursor-invalid'];

/** The exit code of a failure: what the hub does not know is 3, a wrong flag or selector 2, a time limit 5, anything else 1. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exitCode;
  if (!isFlotillaError(error)) return exitCodes.error;
  if (notFoundCodes.includes(error.code)) return exitCodes.notFound;
  if (usageCodes.includes(error.code) || 'flag' in error) return exitCodes.usage;
  return error.code === 'outbound-timeout' ? exitCodes.timeout : exitCodes.error;
}

/** By name, so that the contracts are not loaded just to ask. */
export function isFlotillaError(error: unknown): error is FlotillaError {
  return error instanceof Error && error.name === 'FlotillaError';
}

/** Where the runtime logs. Keys of `fields` are flat; values never hold a secret. */
export interface AgentLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Logs nothing. */
export const silentLogger: AgentLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The text of a failure for a log field or a command result. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';

const examples = new WeakMap<Command, readonly string[]>();

/** Shows examples below the help of a command; the generated reference and its test read them back. */
export function withExamples(command: Command, lines: readonly string[]): Command {
  examples.set(command, lines);
  return command.addHelpText('after', () => `\nExamples:\n${lines.map((line) => `  flotilla ${line}`).join('\n')}`);
}

export function examplesOf(command: Command): readonly string[] {
  return examples.get(command) ?? [];
}

export function withOutput(command: Command): Command {
  return command.option('-o, --output <format>', 'table, json, yaml or name', 'table');
}

/** For options that may be repeated, each with comma separated values. */
export function commaSeparated(value: string, before: readonly string[] | undefined): string[] {
  return [
    ...(before ?? []),
    ...value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ];
}

/** `key=value,…` as a record. */
export function parseLabels(given: readonly string[], flag = 'label'): Record<string, string> {
  return Object.fromEntries(
    given.map((label) => {
      const [key, value, ...rest] = label.split('=');
      if (!key || value === undefined || rest.length > 0) throw new CliError(exitCodes.usage, `--${flag} ${label} must be key=value`);
      return [key, value];
    }),
  );
}

const secondsByUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `5m`, `1h30m`, `30d` in seconds. */
export function parseSeconds(text: string, flag: string): number {
  const parts = /^(?:\d+[smhd])+$/.test(text) ? [...text.matchAll(/(\d+)([smhd])/g)] : [];
  if (parts.length === 0) throw new CliError(exitCodes.usage, `--${flag} ${text} is not a duration; write it as 90s, 5m, 2h or 30d`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (secondsByUnit[unit ?? 's'] ?? 1), 0);
}

/** The content of a file named by a flag; undefined where the flag is not given. */
export async function readFlagFile(context: Context, path: string | undefined, flag: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return context.readFile(path).catch((cause: unknown) => {
    throw new CliError(exitCodes.usage, `--${flag} ${path} cannot be read (${cause instanceof Error ? cause.message : String(cause)})`);
  });
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
export function present<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Present<T>;
}

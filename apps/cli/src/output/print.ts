import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { formatTable } from './table.js';

const outputFormats = ['table', 'json', 'yaml', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** One list of things, in all the forms it can be printed in. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly header: readonly string[];
  row(item: T): readonly string[];
  name(item: T): string;
  /** said on stderr when the table is empty */
  readonly none: string;
}

/** Prints a list; tables are cut to the width of a terminal and never elsewhere. */
export async function printList<T>(context: Context, format: OutputFormat, listing: Listing<T>): Promise<void> {
  if (format === 'name') {
    for (const item of listing.items) context.stdout.write(`${listing.name(item)}\n`);
    return;
  }
  if (format !== 'table') return printValue(context, format, listing.items);
  if (listing.items.length === 0) {
    context.stderr.write(`${listing.none}\n`);
    return;
  }
  context.stdout.write(
    formatTable(
      listing.header,
      listing.items.map((item) => listing.row(item)),
      widthOf(context),
    ),
  );
}

/** JSON or YAML of one value. */
export async function printValue(context: Context, format: OutputFormat, value: unknown): Promise<void> {
  if (format === 'yaml') {
    const { stringify } = await import('yaml');
    context.stdout.write(stringify(value, { lineWidth: 0 }));
  } else context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** The format asked for; anything else is a usage error. */
export function formatOf(text: string): OutputFormat {
  const format = outputFormats.find((known) => known === text);
  if (format === undefined) throw new CliError(exitCodes.usage, `--output ${text} is not one of ${outputFormats.join(', ')}`);
  return format;
}

export function widthOf(context: Context): number | undefined {
  return context.stdout.isTTY ? Math.max(40, context.stdout.columns ?? 80) : undefined;
}

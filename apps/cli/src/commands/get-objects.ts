import type { Labels, ObjectResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { fluxHeader, type FluxKind, fluxKinds, fluxRow, imageKinds, otherKinds, parseStatusSelector, type RowShape, sourceKinds } from '../output/flux-rows.js';
import { formatFluxTable } from '../output/flux-table.js';
import { formatOf, printValue, widthOf } from '../output/print.js';
import { formatTable } from '../output/table.js';
import { withExamples, withOutput } from './options.js';

/** Kinds that apply a source. */
const workloadKinds: readonly string[] = ['Kustomization', 'HelmRelease'];

interface GetOptions {
  allNamespaces?: boolean;
  namespace: string;
  cluster?: string;
  selector?: string;
  labelSelector?: string;
  statusSelector?: string;
  header: boolean;
  showSource?: boolean;
  watch?: boolean;
  output: string;
}

/** `get sources …`, `get kustomizations`, … with flux's flags and columns, and CLUSTER before them. */
export function registerGetObjects(get: Command, context: Context): void {
  objectGroup(get.command('sources').alias('source').description('List sources'), context, sourceKinds, 'sources');
  objectGroup(get.command('images').alias('image').description('List image automation objects'), context, imageKinds, 'images');
  for (const kind of otherKinds)
    objectCommand(
      get,
      context,
      kind.noun,
      `List ${kind.kind} objects`,
      [kind],
      [`get ${kind.noun} -A`, `get ${kind.noun} -A --status-selector ready=false -o name`],
    ).aliases(kind.aliases);
  objectCommand(get, context, 'all', 'List Flux objects of every kind', fluxKinds, ['get all -A --cluster prod-eu-1']);
}

/** A command for each kind of a group, and one for all of them. */
function objectGroup(group: Command, context: Context, kinds: readonly FluxKind[], noun: string): void {
  for (const kind of kinds)
    objectCommand(
      group,
      context,
      kind.noun,
      `List ${kind.kind} objects`,
      [kind],
      [`get ${noun} ${kind.noun} -A`, `get ${noun} ${kind.noun} --cluster prod-eu-1 --watch`],
    );
  objectCommand(group, context, 'all', `List ${noun} of every kind`, kinds, [`get ${noun} all -A --selector region=eu`]);
}

function objectCommand(parent: Command, context: Context, noun: string, description: string, kinds: readonly FluxKind[], examples: readonly string[]): Command {
  const command = withOutput(parent.command(noun).argument('[name]', 'only the object of that name').description(description))
    .option('-A, --all-namespaces', 'objects of every namespace')
    .option('-n, --namespace <namespace>', 'objects of this namespace', 'flux-system')
    .option('--cluster <cluster>', 'objects of this cluster')
    .option('--selector <selector>', 'objects of the clusters with these labels')
    .option('-l, --label-selector <selector>', 'objects with these labels')
    .option('--status-selector <selector>', 'objects by a condition, e.g. ready=false or ready!=true')
    .option('--no-header', 'leave the header out')
    .action((name: string | undefined, options: GetOptions) => getObjects(context, kinds, name, options));
  if (kinds.length === 1) command.option('-w, --watch', 'after the list, show rows again when they change, until stopped');
  if (kinds.every(({ kind }) => workloadKinds.includes(kind))) command.option('--show-source', 'show the source of each');
  return withExamples(command, examples);
}

async function getObjects(context: Context, kinds: readonly FluxKind[], name: string | undefined, options: GetOptions): Promise<void> {
  const format = formatOf(options.output);
  if (options.watch && format !== 'table') throw new CliError(exitCodes.usage, `--watch prints a table; leave --output ${format} out`);
  const hasStatus = options.statusSelector === undefined ? () => true : parseStatusSelector(options.statusSelector);
  if (!hasStatus) throw new CliError(exitCodes.usage, `--status-selector ${options.statusSelector} must be <condition>=<status> or <condition>!=<status>`);
  const hasLabels = await labelFilter(options.labelSelector);
  const client = await context.client();
  const namespace = options.allNamespaces ? undefined : options.namespace;
  const shape: RowShape = { namespaces: options.allNamespaces === true, kinds: kinds.length > 1, source: options.showSource === true };
  const read = async (kind: FluxKind): Promise<ObjectResponse[]> => {
    const objects = await client.objects.readAll({ kind: kind.kind, namespace, name, cluster: options.cluster, selector: options.selector });
    return objects.filter(({ status }) => hasLabels(status.labels)).sort(byPlace);
  };
  if (options.watch && kinds[0]) {
    const [kind] = kinds;
    const { watchObjects } = await import('./watch-objects.js');
    return watchObjects(context, client, {
      read: () => read(kind),
      textOf: (object) => (hasStatus(object, kind) ? fluxRow(kind, object, shape).join('\t') : undefined),
      print: (objects, first) => printTables(context, new Map([[kind, objects]]), shape, first && options.header),
    });
  }
  const labelled = new Map<FluxKind, ObjectResponse[]>();
  for (const kind of kinds) labelled.set(kind, await read(kind));
  const nothing = [...labelled.values()].every((objects) => objects.length === 0);
  if (nothing && (name !== undefined || (kinds.length === 1 && format === 'table')))
    throw new CliError(exitCodes.notFound, notFoundText(kinds, name, namespace));
  // as flux: a selector by status may leave a header with nothing below it, and that is an answer
  const found = new Map([...labelled].map(([kind, objects]) => [kind, objects.filter((object) => hasStatus(object, kind))] as const));
  const all = [...found.values()].flat();
  if (format === 'name')
    for (const { cluster, status } of all) context.stdout.write(`${cluster}/${status.kind.toLowerCase()}/${status.namespace}/${status.name}\n`);
  else if (format !== 'table') await printValue(context, format, all);
  else if (nothing) context.stderr.write(`${notFoundText(kinds, name, namespace)}\n`);
  else printTables(context, found, shape, options.header);
}

/** flux's words. */
function notFoundText(kinds: readonly FluxKind[], name: string | undefined, namespace: string | undefined): string {
  const what = kinds.length === 1 ? `${kinds[0]?.kind} object` : 'object';
  const where = `found in ${namespace === undefined ? 'any' : JSON.stringify(namespace)} namespace`;
  return name === undefined ? `no ${what}s ${where}` : `${what} '${name}' not ${where}`;
}

/** Selectors are only loaded where one is given. */
async function labelFilter(selector: string | undefined): Promise<(labels: Labels) => boolean> {
  if (selector === undefined) return () => true;
  const { matches, parseSelector } = await import('@flotilla/domain');
  const requirements = parseSelector(selector);
  return (labels) => matches(requirements, labels);
}

/** On a terminal cut to its width; elsewhere in flux's own bytes. Of several kinds only those that have rows are shown, an empty line after each. */
function printTables(context: Context, found: ReadonlyMap<FluxKind, readonly ObjectResponse[]>, shape: RowShape, withHeader: boolean): void {
  const width = widthOf(context);
  for (const [kind, objects] of found) {
    if (shape.kinds && objects.length === 0) continue;
    const header = withHeader ? ['Cluster', ...fluxHeader(kind, shape)] : [];
    const rows = objects.map((object) => [object.cluster, ...fluxRow(kind, object, shape)]);
    context.stdout.write(width === undefined ? formatFluxTable(header, rows) : formatTable(header, rows, width));
    if (shape.kinds) context.stdout.write('\n');
  }
}

/** In the order of Kubernetes, whose keys end a namespace by a slash: `team-a` is before `team`. */
function byPlace(a: ObjectResponse, b: ObjectResponse): number {
  return compare(a.cluster, b.cluster) || compare(placeOf(a), placeOf(b));
}

function placeOf({ status }: ObjectResponse): string {
  return `${status.namespace}/${status.name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

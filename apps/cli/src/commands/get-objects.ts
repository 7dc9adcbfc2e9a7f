import type { Labels, ObjectResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { fluxHeader, type FluxKind, fluxKinds, fluxRow, otherKinds, parseStatusSelector, type RowShape, sourceKinds } from '../output/flux-rows.js';
import { formatOf, printValue, widthOf } from '../output/print.js';
import { formatTable } from '../output/table.js';
import { withExamples, withOutput } from './options.js';

interface GetOptions {
  allNamespaces?: boolean;
  namespace: string;
  cluster?: string;
  selector?: string;
  labelSelector?: string;
  statusSelector?: string;
  header: boolean;
  showSource?: boolean;
  output: string;
}

/** `get sources …`, `get kustomizations`, … with flux's flags and columns, and CLUSTER before them. */
export function registerGetObjects(get: Command, context: Context): void {
  const sources = get.command('sources').alias('source').description('List sources');
  for (const kind of sourceKinds)
    objectCommand(
      sources,
      context,
      kind.noun,
      `List ${kind.kind} objects`,
      [kind],
      [`get sources ${kind.noun} -A`, `get sources ${kind.noun} --cluster prod-eu-1`],
    );
  objectCommand(sources, context, 'all', 'List sources of every kind', sourceKinds, ['get sources all -A --selector region=eu']);
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

function objectCommand(parent: Command, context: Context, noun: string, description: string, kinds: readonly FluxKind[], examples: readonly string[]): Command {
  const command = withOutput(parent.command(noun).argument('[name]', 'only the object of that name').description(description))
    .option('-A, --all-namespaces', 'objects of every namespace')
    .option('-n, --namespace <namespace>', 'objects of this namespace', 'flux-system')
    .option('--cluster <cluster>', 'objects of this cluster')
    .option('--selector <selector>', 'objects of the clusters with these labels')
    .option('-l, --label-selector <selector>', 'objects with these labels')
    .option('--status-selector <selector>', 'objects by a condition, e.g. ready=false or ready!=true')
    .option('--show-source', 'show the source of workloads')
    .option('--no-header', 'leave the header out')
    .action((name: string | undefined, options: GetOptions) => getObjects(context, kinds, name, options));
  return withExamples(command, examples);
}

async function getObjects(context: Context, kinds: readonly FluxKind[], name: string | undefined, options: GetOptions): Promise<void> {
  const format = formatOf(options.output);
  const hasStatus = options.statusSelector === undefined ? () => true : parseStatusSelector(options.statusSelector);
  if (!hasStatus) throw new CliError(exitCodes.usage, `--status-selector ${options.statusSelector} must be <condition>=<status> or <condition>!=<status>`);
  const hasLabels = await labelFilter(options.labelSelector);
  const client = await context.client();
  const namespace = options.allNamespaces ? undefined : options.namespace;
  const found = new Map<FluxKind, ObjectResponse[]>();
  for (const kind of kinds) {
    const objects = await client.objects.readAll({ kind: kind.kind, namespace, name, cluster: options.cluster, selector: options.selector });
    found.set(kind, objects.filter((object) => hasLabels(object.status.labels) && hasStatus(object, kind)).sort(byPlace));
  }
  const all = [...found.values()].flat();
  if (all.length === 0 && name !== undefined)
    throw new CliError(
      exitCodes.notFound,
      `${kinds.length === 1 ? `${kinds[0]?.kind} object` : 'object'} '${name}' not found in ${namespace === undefined ? 'any' : `"${namespace}"`} namespace`,
    );
  if (format === 'name')
    for (const { cluster, status } of all) context.stdout.write(`${cluster}/${status.kind.toLowerCase()}/${status.namespace}/${status.name}\n`);
  else if (format !== 'table') await printValue(context, format, all);
  else
    printTables(context, found, { namespaces: options.allNamespaces === true, kinds: kinds.length > 1, source: options.showSource === true }, options.header);
}

/** Selectors are only loaded where one is given. */
async function labelFilter(selector: string | undefined): Promise<(labels: Labels) => boolean> {
  if (selector === undefined) return () => true;
  const { matches, parseSelector } = await import('@flotilla/domain');
  const requirements = parseSelector(selector);
  return (labels) => matches(requirements, labels);
}

function printTables(context: Context, found: ReadonlyMap<FluxKind, readonly ObjectResponse[]>, shape: RowShape, header: boolean): void {
  const tables = [...found].filter(([, objects]) => objects.length > 0);
  if (tables.length === 0) context.stderr.write(`no ${[...found.keys()].map(({ kind }) => kind).join(', ')} objects found\n`);
  for (const [index, [kind, objects]] of tables.entries()) {
    if (index > 0) context.stdout.write('\n');
    const rows = objects.map((object) => [object.cluster, ...fluxRow(kind, object, shape)]);
    context.stdout.write(formatTable(header ? ['Cluster', ...fluxHeader(kind, shape)] : [], rows, widthOf(context)));
  }
}

function byPlace(a: ObjectResponse, b: ObjectResponse): number {
  return compare(a.cluster, b.cluster) || compare(a.status.namespace, b.status.namespace) || compare(a.status.name, b.status.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import {
  buildFluxObjects,
  exportYaml,
  type FlagValues,
  type FluxCreateCommand,
  fluxCreateCommands,
  type FluxFlag,
  fluxNamespaceDefault,
  type JsonObject,
  labelFlag,
} from '@flotilla/domain';
import { Command, Option } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { say } from '../output/progress.js';
import { refuseForCommit, withFluxGlobals } from './create-flux-flags.js';
import { watchOperation } from './operations.js';
import { commaSeparated, parseSeconds, readFlagFile, withExamples } from './options.js';
import { refuseFlags } from './refused-flags.js';
import { waitTimeoutDefault } from './wait.js';

/** `create source git`, `create kustomization`, … with flux's flags: `--export` prints what flux prints, `--cluster` commits it. */
export function registerCreateFlux(create: Command, context: Context): void {
  for (const described of fluxCreateCommands) {
    const words = described.path.split(' ');
    const noun = words.pop() ?? '';
    const parent = words.reduce(
      (command, word) => command.commands.find((known) => known.name() === word) ?? command.command(word).description(`Create ${word}s`),
      create,
    );
    registerOne(parent, noun, described, context);
  }
}

interface OwnOptions {
  export?: boolean;
  cluster?: string;
  file?: string;
  message?: string;
  namespace: string;
  verbose?: boolean;
  wait: boolean;
  timeout: string;
}

function registerOne(parent: Command, noun: string, described: FluxCreateCommand, context: Context): void {
  const command = parent
    .command(noun)
    .argument('<name>', 'name of the object')
    .description(
      `Create ${described.summary}: printed${described.kind === 'secret' ? '; secrets do not go to Git' : ', or committed to the path of a cluster'}`,
    );
  if (described.alias !== undefined) command.alias(described.alias);
  for (const flag of [...described.flags, labelFlag]) command.addOption(optionOf(flag));
  for (const flag of described.secretFlags ?? [])
    command.addOption(optionOf({ ...flag, description: `${flag.description}; no part of the YAML, refused with --cluster` }));
  command
    .option('-n, --namespace <namespace>', 'namespace of the object', fluxNamespaceDefault)
    .option('--export', 'print YAML')
    .option('--cluster <cluster>', 'commit it to the path of this cluster of Flotilla (in flux: a cluster of the kubeconfig)')
    .option('--file <path>', 'file below the path of the cluster; its other objects stay (default: <kind>-<name>.yaml)')
    .option('--message <text>', 'commit message')
    .option('--verbose', 'print what is committed')
    .option('--no-wait', 'do not wait for the commit')
    .option('--timeout <duration>', 'how long to wait', waitTimeoutDefault)
    .action(async (name: string, options: OwnOptions) => {
      if ((options.export === true) === (options.cluster !== undefined))
        throw new CliError(exitCodes.usage, 'give one of --export (print the YAML) and --cluster NAME (commit it to the path of that cluster)');
      refuseFlags(command);
      if (options.cluster !== undefined) refuseForCommit(command, described);
      const objects = buildFluxObjects(described, name, options.namespace, await valuesOf(context, described, command.opts<Record<string, unknown>>()));
      if (options.cluster === undefined) context.stdout.write(`${exportYaml(objects)}${endsWithEmptyLine(described) ? '\n' : ''}`);
      else await commit(context, options.cluster, name, objects, options);
    });
  withExamples(withFluxGlobals(command, described), described.examples);
}

/** After a Secret flux prints an empty line, but not after one of TLS. */
function endsWithEmptyLine({ kind, path }: FluxCreateCommand): boolean {
  return kind === 'secret' && path !== 'secret tls';
}

function optionOf(flag: FluxFlag): Option {
  const name = `${flag.short === undefined ? '' : `-${flag.short}, `}--${flag.name}`;
  if (flag.kind === 'switch') return new Option(name, flag.description);
  const placeholder = flag.kind === 'duration' ? 'duration' : flag.kind === 'file' ? 'file' : flag.choices ? flag.choices.join('|') : 'value';
  const option = new Option(`${name} <${placeholder}>`, flag.fallback === undefined ? flag.description : `${flag.description} (default: ${flag.fallback})`);
  return flag.kind === 'list' || flag.kind === 'file' ? option.argParser(commaSeparated) : option;
}

/** Values by flag name, with the contents of files in place of their paths. */
async function valuesOf(context: Context, described: FluxCreateCommand, given: Readonly<Record<string, unknown>>): Promise<FlagValues> {
  const values: Record<string, string | boolean | readonly string[]> = {};
  for (const { name, kind } of [...described.flags, ...(described.secretFlags ?? []), labelFlag]) {
    const value = given[name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string' || typeof value === 'boolean') values[name] = value;
    if (!Array.isArray(value)) continue;
    const items = value.filter((item): item is string => typeof item === 'string');
    values[name] = kind === 'file' ? await Promise.all(items.map(async (path) => (await readFlagFile(context, path, name)) ?? '')) : items;
  }
  return values;
}

async function commit(context: Context, cluster: string, name: string, objects: readonly JsonObject[], options: OwnOptions): Promise<void> {
  const kind = typeof objects[0]?.['kind'] === 'string' ? objects[0]['kind'] : 'object';
  const path = options.file ?? `${kind.toLowerCase()}-${name}.yaml`;
  if (options.verbose) context.stderr.write(exportYaml(objects));
  const client = await context.client();
  const { id } = await client.clusters.get(cluster);
  const operation = await client.clusters.commitContent(id, {
    message: options.message ?? `Add ${kind} ${name}`,
    files: [{ path, content: exportYaml(objects), merge: true }],
  });
  say(context, 'doing', `committing ${path} to the path of ${cluster}`);
  if (options.wait) await watchOperation(context, client, operation, parseSeconds(options.timeout, 'timeout'));
  else context.stdout.write(`operation/${operation.id}\n`);
}

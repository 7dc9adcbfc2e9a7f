import type { HubClient } from '@flotilla/api-client';
import type { CommandResponse, ObjectKey, ObjectResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { type FluxKind, otherKinds, sourceKinds, truncateHex } from '../output/flux-rows.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { parseSeconds, withExamples } from './options.js';
import { waitFor, waitTimeoutDefault } from './wait.js';

type Action = 'reconcile' | 'suspend' | 'resume';
interface ActOptions {
  cluster: string;
  namespace: string;
  withSource?: boolean;
  wait: boolean;
  timeout: string;
}

const singular: Readonly<Record<string, string>> = {
  helmreleases: 'helmrelease',
  kustomizations: 'kustomization',
  receivers: 'receiver',
  'flux-alerts': 'alert',
};
const workloadKinds = ['Kustomization', 'HelmRelease'];

export function registerReconcile(program: Command, context: Context): void {
  registerAction(program, context, 'reconcile');
}
export function registerSuspend(program: Command, context: Context): void {
  registerAction(program, context, 'suspend');
}
export function registerResume(program: Command, context: Context): void {
  registerAction(program, context, 'resume');
}

function registerAction(program: Command, context: Context, action: Action): void {
  const parent = program.command(action).description(groupSummaries[action]);
  const sources = parent.command('source').description(`${groupSummaries[action]} (sources)`);
  for (const kind of sourceKinds) kindCommand(sources, context, action, kind, kind.noun);
  for (const kind of otherKinds) {
    const noun = singular[kind.noun];
    // Providers have nothing to reconcile, Alerts nothing to wait for
    if (noun !== undefined && (action !== 'reconcile' || noun !== 'alert')) kindCommand(parent, context, action, kind, noun);
  }
}

function kindCommand(parent: Command, context: Context, action: Action, kind: FluxKind, noun: string): void {
  const command = parent
    .command(noun)
    .argument('<name>', `name of the ${kind.kind}`)
    .description(`${groupSummaries[action].replace('a Flux object', `a ${kind.kind}`).replace('a suspended Flux object', `a suspended ${kind.kind}`)}`)
    .requiredOption('--cluster <cluster>', 'the cluster it is in')
    .option('-n, --namespace <namespace>', 'its namespace', 'flux-system')
    .option('--no-wait', 'do not wait for the outcome')
    .option('--timeout <duration>', 'how long to wait', waitTimeoutDefault);
  const isWorkload = workloadKinds.includes(kind.kind);
  if (isWorkload && action === 'reconcile') command.option('--with-source', 'its source first');
  if (noun === 'kustomization') command.alias('ks');
  if (noun === 'helmrelease') command.alias('hr');
  command.action((name: string, options: ActOptions) => act(context, action, { kind: kind.kind, namespace: options.namespace, name }, options));
  const path = parent.name() === 'source' ? `source ${noun}` : noun;
  withExamples(command, [`${action} ${path} apps --cluster prod-eu-1${isWorkload && action === 'reconcile' ? ' --with-source' : ''}`]);
}

async function act(context: Context, action: Action, object: ObjectKey, options: ActOptions): Promise<void> {
  const client = await context.client();
  const timeoutSeconds = parseSeconds(options.timeout, 'timeout');
  const before = await findObject(client, options.cluster, object);
  if (!before)
    throw new CliError(
      exitCodes.notFound,
      `there is no ${object.kind} ${object.namespace}/${object.name} in ${options.cluster}; see: flotilla get all -A --cluster ${options.cluster}`,
    );
  if (action === 'reconcile' && before.status.suspended)
    throw new CliError(
      exitCodes.conditionNotMet,
      `${object.kind} ${object.name} is suspended; resume it first: flotilla resume … ${object.name} --cluster ${options.cluster}`,
    );
  const command = await client.clusters.command(before.clusterId, { type: action, object, withSource: options.withSource === true });
  say(context, 'doing', `${action} ${object.kind} ${object.name} in ${options.cluster}`);
  if (!options.wait) {
    context.stdout.write(`command/${command.id}\n`);
    return;
  }
  await waitForCommand(context, client, command, timeoutSeconds);
  if (action === 'suspend') say(context, 'did', `${object.kind} ${object.name} is suspended`);
  else await waitForObject(context, client, action, object, before, options, timeoutSeconds);
}

async function waitForCommand(context: Context, client: HubClient, command: CommandResponse, timeoutSeconds: number): Promise<void> {
  const done = await waitFor(
    context,
    `the agent of ${command.cluster} carrying out ${command.type}`,
    timeoutSeconds,
    () => client.commands.get(command.id),
    (current) => (current.state === 'pending' || current.state === 'delivered' ? undefined : current),
  );
  if (done.state !== 'succeeded') throw new CliError(exitCodes.conditionNotMet, `the agent of ${done.cluster} answered ${done.state}: ${done.message}`);
}

/** As flux: handled when `lastHandledReconcileAt` has moved on, done when Ready for the newest generation. */
async function waitForObject(
  context: Context,
  client: HubClient,
  action: Action,
  object: ObjectKey,
  before: ObjectResponse,
  options: ActOptions,
  timeoutSeconds: number,
): Promise<void> {
  say(context, 'waiting', `waiting for ${object.kind} ${object.name}`);
  const { status } = await waitFor(
    context,
    `${object.kind} ${object.name} of ${options.cluster} becoming ready`,
    timeoutSeconds,
    () => findObject(client, options.cluster, object),
    (current) => {
      if (!current || current.stale || current.status.suspended) return undefined;
      if (action === 'reconcile' && current.status.handledReconcileAt === before.status.handledReconcileAt) return undefined;
      return isSettled(current) ? current : undefined;
    },
  );
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False')
    throw new CliError(
      exitCodes.conditionNotMet,
      `${object.kind} ${object.name} is not ready: ${truncateHex(ready.message)}\n  see: flotilla get all -A --cluster ${options.cluster}`,
    );
  say(context, 'did', `${object.kind} ${object.name} is ready${status.revision === undefined ? '' : ` at ${status.revision}`}`);
}

function isSettled({ status }: ObjectResponse): boolean {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const reconciling = status.conditions.some(
    ({ type, status: value, reason }) => type === 'Reconciling' && value === 'True' && reason !== 'ProgressingWithRetry',
  );
  if (status.observedGeneration === undefined) return true;
  // a failure does not move observedGeneration on
  return !reconciling && (ready?.status === 'False' || (ready?.status === 'True' && status.observedGeneration === status.generation));
}

async function findObject(client: HubClient, cluster: string, { kind, namespace, name }: ObjectKey): Promise<ObjectResponse | undefined> {
  return (await client.objects.readAll({ cluster, kind, namespace, name })).find(({ status }) => status.name === name && status.namespace === namespace);
}

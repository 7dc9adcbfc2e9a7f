import type { HubClient } from '@flotilla/api-client';
import type { RollbackPreviewResponse, RollbackResponse, RollbackTarget } from '@flotilla/contracts';
import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { truncateHex } from '../output/flux-rows.js';
import { formatOf, printValue, widthOf } from '../output/print.js';
import { say } from '../output/progress.js';
import { formatTable } from '../output/table.js';
import { groupSummaries } from '../groups.js';
import { commaSeparated, parseSeconds, withExamples, withOutput } from './options.js';
import { waitFor, waitTimeoutDefault } from './wait.js';

interface RollbackOptions {
  output: string;
  selector?: string;
  cluster?: string[];
  to?: string;
  reason?: string;
  source?: string;
  revert?: boolean;
  acceptDeletions?: string[];
  preview?: boolean;
  yes?: boolean;
  lift?: string;
  wait?: boolean;
  timeout: string;
}

/** Deletions listed per cluster in a preview; `-o json` has them all. */
const deletionsShown = 5;

export function registerRollback(program: Command, context: Context): void {
  const command = withOutput(
    program.command('rollback').description(`${groupSummaries.rollback}, by pin and a lasting commit; --lift returns them to their branch`),
  )
    .option('--selector <selector>', 'clusters with these labels; "" is all')
    .option('--cluster <cluster>', 'these clusters', commaSeparated)
    .option('--to <revision>', 'revision or commit to return to')
    .option('--reason <text>', 'why; kept in the audit and shown until it is lifted')
    .option('--source <name>', 'only this controlled source')
    .option('--revert', 'by a revert commit for everybody, in place of a tag for the clusters in scope')
    .option('--accept-deletions <cluster>', 'clusters where what may be deleted is accepted', commaSeparated)
    .option('--preview', 'only show what would happen')
    .option('--yes', 'do not ask')
    .option('--wait', 'wait until every cluster runs it, Git declares it and the pin is released')
    .option('--timeout <duration>', 'how long to wait', waitTimeoutDefault)
    .option('--lift <rollback>', 'end the rollback of this id or number')
    .action((options: RollbackOptions) => (options.lift === undefined ? start(context, options) : lift(context, options.lift, options)));
  withExamples(command, [
    'rollback --selector region=eu --to main@sha1:1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e --preview',
    'rollback --cluster prod-eu-1 --to 1f7a5c3 --reason "checkout fails since 10:02" --yes --wait',
    'rollback --lift 7 --wait',
  ]);
}

async function start(context: Context, options: RollbackOptions): Promise<void> {
  const format = formatOf(options.output);
  const { to } = options;
  if (to === undefined) throw new CliError(exitCodes.usage, 'give --to REVISION, or --lift ID to end a rollback');
  if (options.selector === undefined && options.cluster === undefined)
    throw new CliError(exitCodes.usage, 'give --selector or --cluster; --selector "" is every cluster');
  const client = await context.client();
  const scope = {
    selector: options.selector ?? '',
    to,
    method: options.revert ? ('revert' as const) : ('tag' as const),
    ...(options.cluster ? { clusters: options.cluster } : {}),
    ...(options.source === undefined ? {} : { source: options.source }),
  };
  const preview = await client.rollbacks.preview(scope);
  if (options.preview) return format === 'table' ? void context.stdout.write(formatPreview(preview, widthOf(context))) : printValue(context, format, preview);
  if (options.reason === undefined) throw new CliError(exitCodes.usage, 'give --reason: it is kept in the audit and shown until the rollback is lifted');
  if (!options.yes) {
    context.stderr.write(formatPreview(preview, widthOf(context)));
    await confirm(context, 'Roll back?', 'look with --preview, then add --yes');
  }
  const rollback = await client.rollbacks.start({ ...scope, reason: options.reason, acceptDeletions: options.acceptDeletions ?? [] });
  say(
    context,
    'doing',
    `rollback ${rollback.number} of ${rollback.targets.length} clusters to ${truncateHex(rollback.to)}; lift it with: flotilla rollback --lift ${rollback.number}`,
  );
  await finish(context, client, rollback, 'held', format, options);
}

async function lift(context: Context, given: string, options: RollbackOptions): Promise<void> {
  const format = formatOf(options.output);
  const client = await context.client();
  const rollback = await client.rollbacks.lift(await rollbackId(client, given));
  say(context, 'doing', `lifting rollback ${rollback.number}: ${rollback.targets.length} clusters return to their branch`);
  await finish(context, client, rollback, 'lifted', format, options);
}

async function rollbackId(client: HubClient, given: string): Promise<string> {
  if (!/^\d+$/.test(given)) return given;
  for await (const { id, number } of client.rollbacks.all({})) if (number === Number(given)) return id;
  throw new CliError(exitCodes.notFound, `there is no rollback ${given}; see: flotilla get rollbacks --all`);
}

async function finish(
  context: Context,
  client: HubClient,
  started: RollbackResponse,
  goal: 'held' | 'lifted',
  format: ReturnType<typeof formatOf>,
  options: RollbackOptions,
): Promise<void> {
  const told = new Map<string, string>();
  const rollback = options.wait
    ? await waitFor(
        context,
        `rollback ${started.number} becoming ${goal}`,
        parseSeconds(options.timeout, 'timeout'),
        async () => {
          const current = await client.rollbacks.get(started.id);
          for (const target of current.targets) tellTarget(context, target, told);
          return current;
        },
        (current) => (current.state === goal || current.state === 'failed' ? current : undefined),
      )
    : started;
  if (format === 'json' || format === 'yaml') await printValue(context, format, rollback);
  else context.stdout.write(`rollback/${rollback.id}\n`);
  if (rollback.state === 'failed')
    throw new CliError(
      exitCodes.error,
      `rollback ${rollback.number} failed: ${rollback.targets
        .filter(({ state }) => state === 'failed')
        .map(({ cluster, detail }) => `${cluster}: ${detail ?? ''}`)
        .join('; ')}`,
    );
  const heldBack = rollback.targets.filter(({ held }) => held !== null);
  if (heldBack.length > 0)
    throw new CliError(exitCodes.conditionNotMet, `held back: ${heldBack.map(({ cluster, held }) => `${cluster} (${held ?? ''})`).join('; ')}`);
  if (options.wait) say(context, 'did', `rollback ${rollback.number} is ${rollback.state}`);
}

function tellTarget(context: Context, target: RollbackTarget, told: Map<string, string>): void {
  const text = `${target.cluster}: ${target.held === null ? `${target.state ?? 'pending'}${target.detail ? `, ${target.detail}` : ''}` : `held back: ${target.held}`}`;
  if (told.get(target.clusterId) === text) return;
  told.set(target.clusterId, text);
  say(context, target.state === 'failed' ? 'failed' : target.state === 'held' || target.state === 'lifted' ? 'did' : 'doing', text);
}

/** What a rollback would do, cluster by cluster. */
export function formatPreview({ to, subject, targets, gitReachable, gitMessage, budget }: RollbackPreviewResponse, width?: number): string {
  const rows = targets.map(({ cluster, source, from, deletions, deletionsKnown, worstCaseSeconds, held }) => [
    cluster,
    `${source.namespace}/${source.name}`,
    truncateHex(from ?? 'unknown'),
    deletionsKnown ? String(deletions.length) : 'unknown',
    `${worstCaseSeconds}s`,
    held === null ? 'go' : `held: ${held}`,
  ]);
  const notes = targets.flatMap(({ cluster, deletions, warnings }) => [
    ...deletions.slice(0, deletionsShown).map((deletion) => `${cluster}: deletes ${deletion}`),
    ...(deletions.length > deletionsShown ? [`${cluster}: and deletes ${deletions.length - deletionsShown} more`] : []),
    ...warnings.map((warning) => `${cluster}: ${warning}`),
  ]);
  return [
    `to ${truncateHex(to)}${subject === '' ? '' : ` "${subject}"`}`,
    `Git: ${gitReachable ? 'reachable' : 'not reachable'}${gitMessage === '' ? '' : `, ${gitMessage}`}`,
    `may delete at most ${budget.namespaces} Namespaces, ${budget.persistentVolumeClaims} PersistentVolumeClaims, ${budget.customResourceDefinitions} CustomResourceDefinitions`,
    '',
    formatTable(['Cluster', 'Source', 'Runs', 'Deletes', 'At worst', 'Verdict'], rows, width).trimEnd(),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
  ].join('\n');
}

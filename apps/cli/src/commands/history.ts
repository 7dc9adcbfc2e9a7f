import type { AuditEntryResponse, LedgerEntryResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { truncateHex } from '../output/flux-rows.js';
import { formatOf, type Listing, printList, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { minute } from '../output/times.js';
import { groupSummaries } from '../groups.js';
import { withExamples, withOutput } from './options.js';

const limitDefault = '100';
const limitMax = 500;

function limitOf(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) throw new CliError(exitCodes.usage, `--limit ${text} must be 1 to ${limitMax}`);
  return limit;
}

export function registerLedger(program: Command, context: Context): void {
  const command = withOutput(program.command('ledger').description(`${groupSummaries.ledger}, newest first`))
    .option('--cluster <cluster>', 'this cluster')
    .option('--selector <selector>', 'clusters with these labels')
    .option('--kind <kind>', 'workloads of this kind')
    .option('-n, --namespace <namespace>', 'workloads of this namespace')
    .option('--name <name>', 'workloads of this name')
    .option('--at <instant>', 'what ran at this time, e.g. 2026-05-03T14:00:00Z')
    .option('--limit <number>', 'at most so many entries', limitDefault)
    .action(
      async (options: {
        output: string;
        cluster?: string;
        selector?: string;
        kind?: string;
        namespace?: string;
        name?: string;
        at?: string;
        limit: string;
      }) => {
        const format = formatOf(options.output);
        if (options.at !== undefined && Number.isNaN(Date.parse(options.at)))
          throw new CliError(exitCodes.usage, `--at ${options.at} is not a time; write it as 2026-05-03T14:00:00Z`);
        const at = options.at === undefined ? undefined : new Date(options.at).toISOString();
        const { cluster, selector, kind, namespace, name } = options;
        const { items } = await (await context.client()).ledger.list({ cluster, selector, kind, namespace, name, at, limit: limitOf(options.limit) });
        await printList(context, format, ledgerListing(items));
      },
    );
  withExamples(command, ['ledger --cluster prod-eu-1 --kind Kustomization', 'ledger --selector region=eu --at 2026-05-03T14:00:00Z -o json']);
}

export function ledgerListing(items: readonly LedgerEntryResponse[]): Listing<LedgerEntryResponse> {
  return {
    items,
    header: ['Cluster', 'Workload', 'Revision', 'Result', 'From', 'To', 'Author', 'Subject'],
    row: ({ cluster, object, revision, result, stage, from, to, author, subject }) => [
      cluster,
      `${object.kind.toLowerCase()}/${object.name}`,
      truncateHex(revision),
      stage ? `${result} (${stage})` : result,
      minute(from),
      to ? minute(to) : 'now',
      author ?? '',
      subject ?? '',
    ],
    name: ({ cluster, object, revision }) => `${cluster}/${object.kind}/${object.namespace}/${object.name}@${revision}`,
    none: 'the ledger holds nothing of that kind',
  };
}

export function registerAudit(program: Command, context: Context): void {
  const audit = program.command('audit').description(groupSummaries.audit);
  const list = withOutput(audit.command('list').description('List who did what, newest first'))
    .option('--action <action>', 'only this action')
    .option('--actor <actor>', 'only by this person or token')
    .option('--cluster <cluster>', 'only about this cluster')
    .option('--limit <number>', 'at most so many entries', limitDefault)
    .action(async (options: { output: string; action?: string; actor?: string; cluster?: string; limit: string }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const clusterId = options.cluster === undefined ? undefined : (await client.clusters.get(options.cluster)).id;
      const { items } = await client.audit.list({ action: options.action, actor: options.actor, clusterId, limit: limitOf(options.limit) });
      await printList(context, format, auditListing(items));
    });
  withExamples(list, ['audit list --actor user:admin', 'audit list --cluster prod-eu-1 -o json']);
  const verify = audit
    .command('verify')
    .description('Check that nothing was changed in or removed from the audit chain; exit code 4 when something was')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (options: { output: string }) => {
      const format = formatOf(options.output);
      const result = await (await context.client()).audit.verify();
      if (format === 'json' || format === 'yaml') await printValue(context, format, result);
      else
        say(
          context,
          result.ok ? 'did' : 'failed',
          `${result.entries} entries${result.head ? `, head ${result.head.slice(0, 16)}` : ''}: ${result.message}${result.brokenAt === null ? '' : ` (entry ${result.brokenAt})`}`,
        );
      if (!result.ok) throw new CliError(exitCodes.conditionNotMet, 'the audit chain does not verify');
    });
  withExamples(verify, ['audit verify']);
}

function auditListing(items: readonly AuditEntryResponse[]): Listing<AuditEntryResponse> {
  return {
    items,
    header: ['No', 'At', 'Actor', 'Action', 'Outcome', 'Subject'],
    row: ({ sequence, at, actor, action, outcome, subject }) => [String(sequence), minute(at), actor, action, outcome, subject],
    name: ({ id }) => `audit/${id}`,
    none: 'no entries',
  };
}

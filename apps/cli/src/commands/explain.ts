import type { HubClient } from '@flotilla/api-client';
import type { ExplainResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { truncateHex } from '../output/flux-rows.js';
import { formatOf, printValue } from '../output/print.js';
import { age } from '../output/times.js';
import { groupSummaries } from '../groups.js';
import { withExamples, withOutput } from './options.js';

/** Clusters asked for at the same time. */
const concurrency = 8;

export function registerExplain(program: Command, context: Context): void {
  const command = withOutput(
    program
      .command('explain')
      .argument('[cluster]', 'this cluster (default: those of --selector, else all)')
      .description(`${groupSummaries.explain}; exit code 4 when one is not`),
  )
    .requiredOption('--revision <revision>', 'revision or commit asked about')
    .option('--selector <selector>', 'clusters with these labels')
    .action(async (cluster: string | undefined, options: { output: string; revision: string; selector?: string }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const clusters = cluster === undefined ? await client.clusters.readAll({ selector: options.selector }) : [await client.clusters.get(cluster)];
      const ids = clusters.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ id }) => id);
      if (ids.length === 0) throw new CliError(exitCodes.notFound, 'no cluster matches; see: flotilla get clusters');
      const answers = await explainAll(client, ids, options.revision);
      if (format === 'json' || format === 'yaml') await printValue(context, format, answers);
      else if (format === 'name') for (const answer of answers.filter(({ at }) => !at)) context.stdout.write(`cluster/${answer.cluster}\n`);
      else context.stdout.write(formatExplanations(answers, context.now()));
      if (answers.some(({ at }) => !at)) throw new CliError(exitCodes.conditionNotMet, '');
    });
  withExamples(command, [
    'explain prod-eu-1 --revision main@sha1:1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e',
    'explain --selector region=eu --revision 1f7a5c3 -o name',
  ]);
}

async function explainAll(client: HubClient, ids: readonly string[], revision: string): Promise<ExplainResponse[]> {
  const answers: ExplainResponse[] = [];
  for (let from = 0; from < ids.length; from += concurrency) {
    answers.push(...(await Promise.all(ids.slice(from, from + concurrency).map((id) => client.clusters.explain(id, revision)))));
  }
  return answers;
}

/** One paragraph per cluster: the verdict, then each reason with what to do. */
export function formatExplanations(answers: readonly ExplainResponse[], now: Date): string {
  const lines = answers.flatMap(({ cluster, revision, at, since, reasons }) => [
    `${cluster}: ${at ? `at ${truncateHex(revision)}${since ? ` for ${age(since, now)}` : ''}` : `not at ${truncateHex(revision)}`}`,
    ...reasons.flatMap(({ object, stage, message, remedy }, index) => [
      `  ${index + 1}. ${object ? `${object.kind}/${object.namespace}/${object.name}: ` : ''}${stage ? `${stage}: ` : ''}${truncateHex(message)}`,
      ...(remedy === '' ? [] : [`     do: ${remedy}`]),
    ]),
  ]);
  const missing = answers.filter(({ at }) => !at).length;
  if (answers.length > 1) lines.push(`${answers.length - missing} of ${answers.length} clusters are there`);
  return lines.map((line) => `${line}\n`).join('');
}

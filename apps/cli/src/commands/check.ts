import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { formatOf, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { type KubeconfigOptions, resolveKubeconfig } from './kubeconfig.js';
import { withExamples } from './options.js';

export function registerCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .argument('<cluster>', 'name of the cluster in the hub')
    .description(`${groupSummaries.check}; exit code 4 when not. The hub uses your kubeconfig once and writes nothing`)
    .option('--pre', 'only what is needed before Flux is installed')
    .option('--kubeconfig <file>', 'kubeconfig (default: as kubectl)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (cluster: string, options: KubeconfigOptions & { pre?: boolean; output: string }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const { id } = await client.clusters.get(cluster);
      const kubeconfig = await resolveKubeconfig(context, options);
      say(context, 'doing', options.pre ? 'checking prerequisites' : 'checking prerequisites and controllers');
      const { ok, checks } = await client.clusters.check(id, { kubeconfig, pre: options.pre === true });
      if (format === 'json' || format === 'yaml') await printValue(context, format, { ok, checks });
      else
        for (const check of checks) {
          say(context, check.ok ? 'did' : 'failed', `${check.name}: ${check.message}`);
          if (!check.ok && check.remedy) say(context, 'note', `do: ${check.remedy}`);
        }
      if (!ok) throw new CliError(exitCodes.conditionNotMet, 'check failed');
      say(context, 'did', options.pre ? 'prerequisites checks passed' : 'all checks passed');
    });
  withExamples(command, ['check prod-eu-1 --pre', 'check prod-eu-1 --context admin@prod-eu-1']);
}

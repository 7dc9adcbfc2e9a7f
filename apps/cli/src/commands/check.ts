import type { HubClient } from '@flotilla/api-client';
import type { ClusterCheckResponse } from '@flotilla/contracts';
import { isKubernetesSupported, kubernetesMinorMin } from '@flotilla/domain';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { groupSummaries } from '../groups.js';
import { formatOf, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { type KubeconfigOptions, kubectlFlags, resolveKubeconfig } from './kubeconfig.js';
import { withExamples } from './options.js';

type Check = ClusterCheckResponse['checks'][number];

export function registerCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .argument('[cluster]', 'name of the cluster in the hub; with --pre not needed')
    .description(
      `${groupSummaries.check}; exit code 4 when not. The hub uses your kubeconfig once and writes nothing; ` +
        'with --pre and no name the kubeconfig stays here: hub, imported Flux and Kubernetes are checked',
    )
    .option('--pre', 'only what is needed before Flux is installed')
    .option('--kubeconfig <file>', 'kubeconfig (default: as kubectl)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('-o, --output <format>', 'table, json or yaml', 'table')
    .action(async (cluster: string | undefined, options: KubeconfigOptions & { pre?: boolean; output: string }) => {
      const format = formatOf(options.output);
      const pre = options.pre === true;
      if (cluster === undefined && !pre) throw new CliError(exitCodes.usage, 'give the name of a cluster, or --pre to check what a bootstrap needs');
      const client = await context.client();
      say(context, 'doing', pre ? 'checking prerequisites' : 'checking prerequisites and controllers');
      const checks = cluster === undefined ? await checkBeforehand(context, client, options) : await checkCluster(context, client, cluster, options);
      const ok = checks.every((check) => check.ok);
      if (format === 'json' || format === 'yaml') await printValue(context, format, { ok, checks });
      else
        for (const check of checks) {
          say(context, check.ok ? 'did' : 'failed', `${check.name}: ${check.message}`);
          if (!check.ok && check.remedy) say(context, 'note', `do: ${check.remedy}`);
        }
      if (!ok) throw new CliError(exitCodes.conditionNotMet, 'check failed');
      say(context, 'did', pre ? 'prerequisites checks passed' : 'all checks passed');
    });
  withExamples(command, ['check --pre', 'check --pre --context admin@prod-eu-1', 'check prod-eu-1']);
}

/** What the hub finds through the kubeconfig. */
async function checkCluster(context: Context, client: HubClient, cluster: string, options: KubeconfigOptions & { pre?: boolean }): Promise<Check[]> {
  const { id } = await client.clusters.get(cluster);
  const kubeconfig = await resolveKubeconfig(context, options);
  return (await client.clusters.check(id, { kubeconfig, pre: options.pre === true })).checks;
}

/** What a bootstrap needs before its cluster has a name: a hub that answers, a release of Flux in it, and a Kubernetes that takes it. */
async function checkBeforehand(context: Context, client: HubClient, options: KubeconfigOptions): Promise<Check[]> {
  const { subject, permissions } = await client.session.read();
  const may = permissions.includes('bootstrap:start');
  const [newest] = (await client.distributions.list({ limit: 1 })).items;
  return [
    {
      name: 'hub',
      ok: may,
      message: may ? `it answers, and ${subject} may bootstrap` : `${subject} may not bootstrap`,
      remedy: may ? null : 'use a token of role admin',
    },
    {
      name: 'distribution',
      ok: newest !== undefined,
      message: newest === undefined ? 'the hub has no release of Flux' : `Flux ${newest.version} is imported`,
      remedy: newest === undefined ? 'flux install --export > flux.yaml, then: flotilla distribution import flux.yaml' : null,
    },
    await checkKubernetes(context, options),
  ];
}

async function checkKubernetes(context: Context, options: KubeconfigOptions): Promise<Check> {
  const failed = (message: string, remedy: string): Check => ({ name: 'kubernetes', ok: false, message, remedy });
  const { code, stdout, stderr } = await context.run('kubectl', ['version', '-o', 'json', ...kubectlFlags(options)]);
  if (code !== 0) return failed(`kubectl does not reach the cluster: ${stderr.trim()}`, 'choose another with --kubeconfig or --context');
  const version = versionOf(stdout);
  if (version === undefined) return failed('kubectl gave no version of the server', 'try: kubectl version -o json');
  if (!isKubernetesSupported(version))
    return failed(`Kubernetes ${version} is older than 1.${kubernetesMinorMin}`, `upgrade Kubernetes to 1.${kubernetesMinorMin} or later`);
  return { name: 'kubernetes', ok: true, message: `Kubernetes ${version}`, remedy: null };
}

function versionOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { serverVersion?: { gitVersion?: string } }).serverVersion?.gitVersion;
  } catch {
    return undefined;
  }
}

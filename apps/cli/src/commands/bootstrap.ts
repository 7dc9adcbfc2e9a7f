import type { HubClient } from '@flotilla/api-client';
import type { ClusterResponse, CreateFleetRepoRequest, FleetRepoResponse, GitCredentials } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes, isFlotillaError } from '../exit-codes.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { type BootstrapOptions, type BootstrapProvider, bootstrapBody, credentialsOf, fleetRepoOf } from './bootstrap-flags.js';
import { resolveKubeconfig } from './kubeconfig.js';
import { watchOperation } from './operations.js';
import { commaSeparated, parseLabels, parseSeconds, withExamples } from './options.js';

/** `bootstrap github|gitea|git` with flux's flags. The hub does the work in steps that survive restarts; this follows them. */
export function registerBootstrap(program: Command, context: Context): void {
  const bootstrap = program.command('bootstrap').description(groupSummaries.bootstrap);
  for (const provider of ['github', 'gitea'] as const) {
    const command = commonFlags(
      bootstrap.command(provider).description(`${groupSummaries.bootstrap}: repository on ${provider === 'github' ? 'GitHub' : 'Gitea'}`),
    )
      .requiredOption('--owner <owner>', 'user or organisation')
      .requiredOption('--repository <name>', 'name of the repository')
      .option('--hostname <host>', 'host of the forge', provider === 'github' ? 'github.com' : 'gitea.com')
      .option('--api-url <url>', 'API of the forge (default: that of the host)')
      .option('--personal', 'the owner is a user, not an organisation')
      .option('--private', 'the repository is made private when it is created', true)
      .option('--no-private', 'the repository is made public when it is created')
      .option('--token-auth', 'clusters read the repository with the token, over HTTPS, in place of a deploy key')
      .option('--read-write-key', 'the deploy key may write')
      .action((options: BootstrapOptions) => run(context, provider, options));
    withExamples(command, [
      `bootstrap ${provider} --owner=org --repository=fleet --branch=main --path=clusters/prod-eu-1`,
      `bootstrap ${provider} --owner=me --repository=fleet --personal --path=clusters/lab --token-auth --cluster lab --context lab`,
    ]);
  }
  const git = commonFlags(bootstrap.command('git').description(`${groupSummaries.bootstrap}: any Git repository`))
    .requiredOption('--url <url>', 'clone URL: ssh://git@host/org/repository or https://…')
    .option('-u, --username <name>', 'user name for HTTPS', 'git')
    .option('-p, --password <password>', 'password for HTTPS (better: GIT_PASSWORD in the environment)')
    .option('--private-key-file <file>', 'SSH key the hub pushes with')
    .option('--known-hosts-file <file>', 'SSH host keys of the server')
    .option('--allow-insecure-http', 'allow plain HTTP')
    .option('-s, --silent', 'accepted for flux scripts: nothing is asked')
    .action((options: BootstrapOptions) => run(context, 'git', options));
  withExamples(git, [
    'bootstrap git --url=ssh://git@git.example.com/org/fleet --branch=main --path=clusters/prod-eu-1 --private-key-file=id',
    'bootstrap git --url=https://git.example.com/org/fleet.git --path=clusters/lab --context lab',
  ]);
}

function commonFlags(command: Command): Command {
  return command
    .requiredOption('--path <path>', 'directory of the cluster in the repository')
    .option('--cluster <cluster>', 'name of the cluster (default: last part of the path); created when there is none')
    .option('--label <label>', 'labels of a new cluster: region=eu,ring=1', commaSeparated)
    .option('--fleet-repo <name>', 'name of the fleet repo (default: the one of this URL and branch, else after the repository)')
    .option('--branch <branch>', 'branch', 'main')
    .option('--interval <duration>', 'how often the cluster reads the repository', '1m')
    .option('--ca-file <file>', 'CA of the Git server, PEM')
    .option('--ssh-key-algorithm <algorithm>', 'ecdsa, ed25519 or rsa', 'ecdsa')
    .option('--ssh-hostname <host>', 'SSH host, where it differs from that of HTTPS')
    .option('--author-name <name>', 'author of the commits', 'Flux')
    .option('--author-email <email>', 'e-mail of the author', '')
    .option('--commit-message-appendix <text>', 'added to the commit messages')
    .option('--distribution <digest>', 'distribution to install (default: the newest imported)')
    .option('-v, --version <version>', 'the imported distribution of this version of Flux')
    .option('--workloads-path <path>', 'directory of the workloads the cluster runs')
    .option('--no-scaffold', "only what flux writes: no fleet source, entry Kustomization and agent in the cluster's path")
    .option('--components <list>', 'as flux; refused by the hub, which installs a distribution as it is', commaSeparated)
    .option('--components-extra <list>', 'as --components', commaSeparated)
    .option('--registry <registry>', 'as --components')
    .option('--toleration-keys <list>', 'as --components', commaSeparated)
    .option('--cluster-domain <domain>', 'as --components')
    .option('--log-level <level>', 'as --components')
    .option('--network-policy', 'as the distribution has them', true)
    .option('--no-network-policy', 'as --components')
    .option('--watch-all-namespaces', 'as the distribution does', true)
    .option('--no-watch-all-namespaces', 'as --components')
    .option('--kubeconfig <file>', 'kubeconfig (default: as kubectl)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--no-wait', 'do not follow the steps')
    .option('--timeout <duration>', 'how long to follow', '15m');
}

async function run(context: Context, provider: BootstrapProvider, options: BootstrapOptions): Promise<void> {
  const client = await context.client();
  const credentials = await credentialsOf(context, provider, options);
  const distribution = options.distribution ?? (await digestOfVersion(client, options.version));
  const body = await bootstrapBody(provider, { ...options, distribution }, await resolveKubeconfig(context, options), credentials.token !== undefined);
  const repo = await findOrCreateRepo(context, client, fleetRepoOf(provider, options), credentials, options.fleetRepo);
  const cluster = await findOrCreateCluster(context, client, repo, options);
  const operation = await client.clusters.bootstrap(cluster.id, body);
  say(context, 'doing', `bootstrapping ${cluster.name} from ${repo.url}, ${cluster.path ?? options.path} (operation ${operation.id})`);
  if (!options.wait) {
    context.stdout.write(`operation/${operation.id}\n`);
    return;
  }
  await watchOperation(context, client, operation, parseSeconds(options.timeout, 'timeout'));
  say(context, 'did', `${cluster.name} is bootstrapped; see: flotilla get all -A --cluster ${cluster.name}`);
}

/** flux's --version, among the distributions that are imported. */
async function digestOfVersion(client: HubClient, version: string | undefined): Promise<string | undefined> {
  if (version === undefined) return undefined;
  const distributions = await client.distributions.readAll({});
  const found = distributions.find((distribution) => distribution.version.replace(/^v/, '') === version.replace(/^v/, ''));
  if (found) return found.digest;
  throw new CliError(
    exitCodes.notFound,
    `Flux ${version} is not imported (there is: ${distributions.map((distribution) => distribution.version).join(', ') || 'none'}); import it with: flux install --version=${version} --export > flux.yaml && flotilla distribution import flux.yaml`,
  );
}

async function findOrCreateRepo(
  context: Context,
  client: HubClient,
  wanted: CreateFleetRepoRequest,
  credentials: GitCredentials,
  name: string | undefined,
): Promise<FleetRepoResponse> {
  const repos = await client.fleetRepos.readAll({});
  const found = repos.find((repo) => (name === undefined ? sameUrl(repo.url, wanted.url) && repo.branch === wanted.branch : repo.name === name));
  if (found && (!sameUrl(found.url, wanted.url) || found.branch !== wanted.branch))
    throw new CliError(
      exitCodes.usage,
      `fleet repo ${found.name} is ${found.url}, branch ${found.branch}, not ${wanted.url}, branch ${wanted.branch}; give another --fleet-repo`,
    );
  if (found) return found;
  const created = await client.fleetRepos.create({ ...wanted, name: name ?? wanted.name, ...(Object.keys(credentials).length > 0 ? { credentials } : {}) });
  say(context, 'did', `fleet repo ${created.name} created: ${created.url}`);
  return created;
}

function sameUrl(a: string, b: string): boolean {
  const plain = (url: string) =>
    url
      .toLowerCase()
      .replace(/\/+$/, '')
      .replace(/\.git$/, '');
  return plain(a) === plain(b);
}

async function findOrCreateCluster(context: Context, client: HubClient, repo: FleetRepoResponse, options: BootstrapOptions): Promise<ClusterResponse> {
  const path = options.path.replace(/^\.?\/+/, '').replace(/\/+$/, '');
  const name = options.cluster ?? path.split('/').at(-1) ?? '';
  const found = await client.clusters.get(name).catch((error: unknown) => {
    if (isFlotillaError(error) && error.code === 'not-found') return undefined;
    throw error;
  });
  if (!found) {
    const created = await client.clusters.create({ name, labels: parseLabels(options.label ?? []), fleetRepoId: repo.id, path });
    say(context, 'did', `cluster ${name} created`);
    return created;
  }
  if (found.fleetRepo?.id === repo.id && found.path === path) return found;
  if (found.path !== null || found.fleetRepo !== null)
    throw new CliError(
      exitCodes.usage,
      `cluster ${name} has its desired state in ${found.fleetRepo?.name ?? 'no repo'}, path ${found.path ?? 'none'}, not in ${repo.name}, path ${path}; change the cluster first or give another --cluster`,
    );
  return client.clusters.update(found.id, { fleetRepoId: repo.id, path });
}

import type { HubClient } from '@flotilla/api-client';
import type { ClusterResponse, CreateFleetRepoRequest, FleetRepoResponse, GitCredentials } from '@flotilla/contracts';
import { parseFleetPath, relatePaths, vetKubeconfig, workloadsPathDefault } from '@flotilla/domain';
import type { Context } from '../context.js';
import { CliError, exitCodes, isFlotillaError } from '../exit-codes.js';
import { printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { type BootstrapOptions, type BootstrapProvider, bootstrapBody, credentialsOf, fleetRepoOf } from './bootstrap-flags.js';
import { resolveKubeconfig } from './kubeconfig.js';
import { watchOperation } from './operations.js';
import { parseLabels, parseSeconds } from './options.js';

/** Checks flags, kubeconfig, distribution, fleet repo and cluster, and only then creates what is missing and asks the hub to start. */
export async function runBootstrap(context: Context, provider: BootstrapProvider, options: BootstrapOptions): Promise<void> {
  const client = await context.client();
  const timeoutSeconds = parseSeconds(options.timeout, 'timeout');
  const labels = parseLabels(options.label ?? []);
  const path = clusterPath(options);
  const wanted = fleetRepoOf(provider, options);
  const credentials = await credentialsOf(context, provider, options);
  const kubeconfig = await resolveKubeconfig(context, options);
  vetKubeconfig(kubeconfig);
  const distribution = await distributionOf(client, options);
  const registered = await findRepo(context, client, wanted, credentials, options.fleetRepo);
  const hasToken = registered ? registered.hasCredentials : credentials.token !== undefined;
  const body = await bootstrapBody(provider, { ...options, distribution }, kubeconfig, hasToken);
  if (!registered && provider === 'git' && body.authentication === 'ssh' && credentials.sshPrivateKey === undefined)
    throw new CliError(exitCodes.usage, `give the SSH key that may write to ${wanted.url} with --private-key-file`);
  const name = options.cluster ?? path.split('/').at(-1) ?? '';
  const existing = await findCluster(client, name, path, registered, options.fleetRepo ?? wanted.name);

  const repo = registered ?? (await createRepo(context, client, { ...wanted, name: options.fleetRepo ?? wanted.name }, credentials));
  const cluster = existing ? await settle(client, existing, repo, path) : await client.clusters.create({ name, labels, fleetRepoId: repo.id, path });
  if (!existing) say(context, 'did', `cluster ${name} created`);
  if (options.verbose) await printValue({ ...context, stdout: context.stderr }, 'yaml', { ...body, kubeconfig: '(not shown)' });
  const operation = await client.clusters.bootstrap(cluster.id, body);
  say(context, 'doing', `bootstrapping ${cluster.name} from ${repo.url}, ${cluster.path ?? path} (operation ${operation.id})`);
  if (!options.wait) {
    context.stdout.write(`operation/${operation.id}\n`);
    return;
  }
  await watchOperation(context, client, operation, timeoutSeconds);
  say(context, 'did', `${cluster.name} is bootstrapped; see: flotilla get all -A --cluster ${cluster.name}`);
}

/** The path as the hub keeps it; flux takes it with `./` or `/` before it too. */
function clusterPath(options: BootstrapOptions): string {
  const path = parseFleetPath(options.path.replace(/^\.?\/+/, ''));
  const workloads = parseFleetPath(options.workloadsPath ?? workloadsPathDefault);
  if (relatePaths(workloads, path) !== 'disjoint')
    throw new CliError(exitCodes.usage, `--workloads-path ${workloads} overlaps --path ${path}; choose a directory beside it`);
  return path;
}

/** `--distribution`, or flux's `--version`, among the distributions that are imported; undefined for the newest. */
async function distributionOf(client: HubClient, { distribution, version }: BootstrapOptions): Promise<string | undefined> {
  const imported = await client.distributions.readAll({});
  if (imported.length === 0)
    throw new CliError(
      exitCodes.notFound,
      'no distribution of Flux is imported; import one with: flux install --export > flux.yaml && flotilla distribution import flux.yaml',
    );
  if (distribution !== undefined) {
    if (imported.some(({ digest }) => digest === distribution)) return distribution;
    throw new CliError(exitCodes.notFound, `--distribution ${distribution} is not imported; see: flotilla get distributions`);
  }
  if (version === undefined) return undefined;
  const found = imported.find((candidate) => candidate.version.replace(/^v/, '') === version.replace(/^v/, ''));
  if (found) return found.digest;
  throw new CliError(
    exitCodes.notFound,
    `Flux ${version} is not imported (there is: ${imported.map((candidate) => candidate.version).join(', ')}); import it with: flux install --version=${version} --export > flux.yaml && flotilla distribution import flux.yaml`,
  );
}

async function findRepo(
  context: Context,
  client: HubClient,
  wanted: CreateFleetRepoRequest,
  credentials: GitCredentials,
  name: string | undefined,
): Promise<FleetRepoResponse | undefined> {
  const repos = await client.fleetRepos.readAll({});
  const found = repos.find((repo) => (name === undefined ? sameUrl(repo.url, wanted.url) && repo.branch === wanted.branch : repo.name === name));
  if (!found) return undefined;
  if (!sameUrl(found.url, wanted.url) || found.branch !== wanted.branch)
    throw new CliError(
      exitCodes.usage,
      `fleet repo ${found.name} is ${found.url}, branch ${found.branch}, not ${wanted.url}, branch ${wanted.branch}; give another --fleet-repo`,
    );
  if (credentials.token === undefined && credentials.sshPrivateKey === undefined) return found;
  if (!found.hasCredentials)
    throw new CliError(
      exitCodes.usage,
      `fleet repo ${found.name} is registered without credentials, and a bootstrap adds none to it; register it once more under another name with --fleet-repo, or leave the credentials out`,
    );
  say(context, 'note', `fleet repo ${found.name} is registered already: its stored credentials are kept, the ones given here are not used`);
  return found;
}

function sameUrl(a: string, b: string): boolean {
  const plain = (url: string) =>
    url
      .toLowerCase()
      .replace(/\/+$/, '')
      .replace(/\.git$/, '');
  return plain(a) === plain(b);
}

async function createRepo(context: Context, client: HubClient, wanted: CreateFleetRepoRequest, credentials: GitCredentials): Promise<FleetRepoResponse> {
  const created = await client.fleetRepos.create({ ...wanted, ...(Object.keys(credentials).length > 0 ? { credentials } : {}) });
  say(context, 'did', `fleet repo ${created.name} created: ${created.url}`);
  return created;
}

/** The cluster of that name, when its desired state may lie in this repo and path. */
async function findCluster(
  client: HubClient,
  name: string,
  path: string,
  repo: FleetRepoResponse | undefined,
  repoName: string,
): Promise<ClusterResponse | undefined> {
  const found = await client.clusters.get(name).catch((error: unknown) => {
    if (isFlotillaError(error) && error.code === 'not-found') return undefined;
    throw error;
  });
  if (!found || (found.path === null && found.fleetRepo === null)) return found;
  if (repo && found.fleetRepo?.id === repo.id && found.path === path) return found;
  throw new CliError(
    exitCodes.usage,
    `cluster ${name} has its desired state in ${found.fleetRepo?.name ?? 'no repo'}, path ${found.path ?? 'none'}, not in ${repo?.name ?? repoName}, path ${path}; change the cluster first or give another --cluster`,
  );
}

/** A cluster that has no desired state yet gets it here. */
async function settle(client: HubClient, cluster: ClusterResponse, repo: FleetRepoResponse, path: string): Promise<ClusterResponse> {
  return cluster.path === null ? client.clusters.update(cluster.id, { fleetRepoId: repo.id, path }) : cluster;
}

import type { Command } from 'commander';
import { gitProviders, roles } from '@flotilla/contracts';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { formatOf, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { registerCreateFlux } from './create-flux.js';
import { registerCreateHook } from './create-hook.js';
import { findFleetRepo } from './fleet-repos.js';
import { commaSeparated, parseLabels, parseSeconds, present, readFlagFile, withExamples, withOutput } from './options.js';

export function registerCreate(program: Command, context: Context): void {
  const create = program.command('create').description(groupSummaries.create);
  registerCluster(create, context);
  registerFleetRepo(create, context);
  registerJoinToken(create, context);
  registerToken(create, context);
  registerCreateHook(create, context);
  registerCreateFlux(create, context);
}

function registerCluster(create: Command, context: Context): void {
  const command = withOutput(create.command('cluster').argument('<name>', 'name of the cluster').description('Register a cluster'))
    .option('--label <label>', 'labels: region=eu,ring=1', commaSeparated)
    .option('--fleet-repo <name>', 'fleet repo with its desired state')
    .option('--path <path>', 'directory of the cluster in the fleet repo (default with --fleet-repo: clusters/<name>)')
    .action(async (name: string, options: { output: string; label?: string[]; fleetRepo?: string; path?: string }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const repo = options.fleetRepo === undefined ? undefined : (await findFleetRepo(client, options.fleetRepo)).id;
      const path = options.path ?? (repo === undefined ? undefined : `clusters/${name}`);
      const cluster = await client.clusters.create({
        name,
        labels: parseLabels(options.label ?? []),
        ...(repo === undefined ? {} : { fleetRepoId: repo }),
        ...(path === undefined ? {} : { path }),
      });
      if (format === 'table') say(context, 'did', `cluster ${cluster.name} created; let it join with: flotilla join ${cluster.name}`);
      else if (format === 'name') context.stdout.write(`cluster/${cluster.name}\n`);
      else await printValue(context, format, cluster);
    });
  withExamples(command, ['create cluster prod-eu-1 --label region=eu,ring=1 --fleet-repo fleet', 'create cluster lab -o json']);
}

interface FleetRepoOptions {
  output: string;
  url: string;
  provider: (typeof gitProviders)[number];
  branch: string;
  apiUrl?: string;
  owner?: string;
  repository?: string;
  username?: string;
  privateKeyFile?: string;
  knownHostsFile?: string;
  caFile?: string;
  tokenStdin?: boolean;
}

function registerFleetRepo(create: Command, context: Context): void {
  const command = withOutput(
    create.command('fleet-repo').argument('<name>', 'name of the fleet repo').description('Register the Git repository with the desired state of clusters'),
  )
    .requiredOption('--url <url>', 'clone URL without credentials: https://… or ssh://git@…')
    .option('--provider <provider>', `where it is hosted: ${gitProviders.join(', ')}`, 'git')
    .option('--branch <branch>', 'branch', 'main')
    .option('--api-url <url>', 'API of the forge, where it is not the public one')
    .option('--owner <owner>', 'user or organisation at the forge')
    .option('--repository <name>', 'name of the repository at the forge')
    .option('--username <name>', 'user name for HTTPS')
    .option('--token-stdin', 'read the token or password from standard input')
    .option('--private-key-file <file>', 'SSH private key')
    .option('--known-hosts-file <file>', 'SSH host keys of the server')
    .option('--ca-file <file>', 'CA of the server, PEM')
    .action(async (name: string, options: FleetRepoOptions) => {
      const format = formatOf(options.output);
      if (!gitProviders.includes(options.provider))
        throw new CliError(exitCodes.usage, `--provider ${options.provider} is not one of ${gitProviders.join(', ')}`);
      const client = await context.client();
      const token = options.tokenStdin ? (await context.readStdin()).trim() : context.config.gitTokens[options.provider];
      const optional = { apiUrl: options.apiUrl, owner: options.owner, repository: options.repository };
      const credentials = {
        username: options.username,
        token: token || undefined,
        sshPrivateKey: await readFlagFile(context, options.privateKeyFile, 'private-key-file'),
        knownHosts: await readFlagFile(context, options.knownHostsFile, 'known-hosts-file'),
        caFile: await readFlagFile(context, options.caFile, 'ca-file'),
      };
      const repo = await client.fleetRepos.create({
        name,
        provider: options.provider,
        url: options.url,
        branch: options.branch,
        ...present(optional),
        ...(Object.values(credentials).some((value) => value !== undefined) ? { credentials: present(credentials) } : {}),
      });
      if (format === 'table')
        say(context, 'did', `fleet repo ${repo.name} created: ${repo.url}, branch ${repo.branch}${repo.hasCredentials ? '' : ', read without credentials'}`);
      else if (format === 'name') context.stdout.write(`fleet-repo/${repo.name}\n`);
      else await printValue(context, format, repo);
    });
  withExamples(command, [
    'create fleet-repo fleet --url https://github.com/org/fleet --provider github --owner org --repository fleet --token-stdin < token.txt',
    'create fleet-repo fleet --url ssh://git@git.example.com/org/fleet --private-key-file id --known-hosts-file hosts',
  ]);
}

function registerJoinToken(create: Command, context: Context): void {
  const command = withOutput(create.command('join-token').argument('<cluster>', 'name of the cluster').description('Make a one-use token a cluster joins with'))
    .option('--ttl <duration>', 'how long it can be used', '1h')
    .option('--read-only', 'the agent may only look')
    .action(async (cluster: string, options: { output: string; ttl: string; readOnly?: boolean }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const { id } = await client.clusters.get(cluster);
      const token = await client.clusters.createJoinToken(id, { ttlSeconds: parseSeconds(options.ttl, 'ttl'), readOnly: options.readOnly === true });
      if (format === 'json' || format === 'yaml') return printValue(context, format, token);
      say(context, 'did', `join token for ${cluster}, valid until ${token.expiresAt}; run with kubectl pointing at the cluster:`);
      context.stdout.write(`${token.command}\n`);
    });
  withExamples(command, ['create join-token prod-eu-1', 'create join-token prod-eu-1 --ttl 15m --read-only']);
}

function registerToken(create: Command, context: Context): void {
  const command = withOutput(create.command('token').argument('<name>', 'name of the token').description('Make an API token; its secret is printed once'))
    .option('--role <role>', `${roles.join(', ')}`, 'viewer')
    .option('--selector <selector>', 'clusters it is good for (default: all)', '')
    .option('--expires-in <duration>', 'how long it is good', '30d')
    .action(async (name: string, options: { output: string; role: (typeof roles)[number]; selector: string; expiresIn: string }) => {
      const format = formatOf(options.output);
      if (!roles.includes(options.role)) throw new CliError(exitCodes.usage, `--role ${options.role} is not one of ${roles.join(', ')}`);
      const token = await (
        await context.client()
      ).tokens.create({ name, role: options.role, selector: options.selector, expiresInSeconds: parseSeconds(options.expiresIn, 'expires-in') });
      if (format === 'json' || format === 'yaml') return printValue(context, format, token);
      say(
        context,
        'did',
        `token ${name} (${token.role}${token.selector === '' ? '' : ` of ${token.selector}`}), valid until ${token.expiresAt}; it is not shown again:`,
      );
      context.stdout.write(`${token.token}\n`);
    });
  withExamples(command, ['create token ci --role operator --selector ring=1 --expires-in 90d', 'create token grafana']);
}

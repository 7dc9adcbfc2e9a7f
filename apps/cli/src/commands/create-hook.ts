import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { formatOf, printValue } from '../output/print.js';
import { say } from '../output/progress.js';
import { findFleetRepo } from './fleet-repos.js';
import { watchOperation } from './operations.js';
import { parseSeconds, withExamples, withOutput } from './options.js';
import { waitTimeoutDefault } from './wait.js';

const forges = ['github', 'gitea'] as const;
type Forge = (typeof forges)[number];
const isForge = (provider: string): provider is Forge => (forges as readonly string[]).includes(provider);

/** `create hook push|events`: URLs that others call, each with its key, which is printed once. */
export function registerCreateHook(create: Command, context: Context): void {
  const hook = create.command('hook').description('Make a URL that a forge or Flux calls');
  registerPush(hook, context);
  registerEvents(hook, context);
}

interface PushOptions {
  output: string;
  provider?: string;
  install: boolean;
  timeout: string;
}

function registerPush(hook: Command, context: Context): void {
  const command = withOutput(
    hook.command('push').argument('<fleet-repo>', 'name of the fleet repo').description('See pushes to a fleet repo at once; set at its forge by the hub'),
  )
    .option('--provider <provider>', `how pushes are signed: ${forges.join(', ')} (default: that of the fleet repo)`)
    .option('--no-install', 'do not set it at the forge; print its URL and key')
    .option('--timeout <duration>', 'how long to wait for the forge', waitTimeoutDefault)
    .action(async (name: string, options: PushOptions) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const repo = await findFleetRepo(client, name);
      const provider = options.provider ?? repo.provider;
      if (!isForge(provider))
        throw new CliError(
          exitCodes.usage,
          `fleet repo ${repo.name} is plain Git: say who signs with --provider ${forges.join('|')}, and set the hook there by hand`,
        );
      const install = options.install && provider === repo.provider;
      const made = await client.hooks.create({ provider, fleetRepoId: repo.id, install });
      if (format === 'json' || format === 'yaml') await printValue(context, format, made);
      else if (!install) printKey(context, made, `give it to ${provider} for push events, content type application/json`);
      if (made.operationId !== null)
        await watchOperation(context, client, await client.operations.get(made.operationId), parseSeconds(options.timeout, 'timeout'));
    });
  withExamples(command, ['create hook push fleet', 'create hook push fleet --no-install', 'create hook push fleet --provider gitea -o json']);
}

function registerEvents(hook: Command, context: Context): void {
  const command = withOutput(
    hook.command('events').argument('<cluster>', 'name of the cluster').description('Take the events of Flux, which give the ledger its words'),
  ).action(async (name: string, options: { output: string }) => {
    const format = formatOf(options.output);
    const client = await context.client();
    const { id } = await client.clusters.get(name);
    const made = await client.hooks.create({ provider: 'flux', clusterId: id });
    if (format === 'json' || format === 'yaml') return printValue(context, format, made);
    printKey(context, made, 'give it to a Provider of type generic-hmac: the URL as its address, the key as "token" of its secret');
  });
  withExamples(command, ['create hook events prod-eu-1', 'create hook events prod-eu-1 -o json']);
}

function printKey(context: Context, { url, key }: { url: string; key: string }, use: string): void {
  say(context, 'did', `hook made; ${use}. The key is not shown again:`);
  context.stdout.write(`url  ${url}\nkey  ${key}\n`);
}

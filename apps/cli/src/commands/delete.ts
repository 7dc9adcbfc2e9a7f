import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { groupSummaries } from '../groups.js';
import { say } from '../output/progress.js';
import { withExamples } from './options.js';

interface DeleteOptions {
  silent?: boolean;
}

/** `delete cluster|token|hook`: what the hub keeps. Nothing is ever deleted in a cluster or in Git. */
export function registerDelete(program: Command, context: Context): void {
  const group = program.command('delete').description(groupSummaries.delete);
  withExamples(
    deletion(group, 'cluster', 'name of the cluster', 'Forget a cluster; Flux and its workloads stay as they are').action(
      async (name: string, options: DeleteOptions) => {
        const client = await context.client();
        const cluster = await client.clusters.get(name);
        await ask(context, options, `Forget cluster ${cluster.name}? Its agent is cut off; Flux in it goes on.`);
        await client.clusters.remove(cluster.id);
        say(context, 'did', `cluster ${cluster.name} forgotten; its history is kept`);
      },
    ),
    ['delete cluster lab', 'delete cluster lab --silent'],
  );
  withExamples(
    deletion(group, 'token', 'name of the token', 'Revoke an API token at once').action(async (name: string, options: DeleteOptions) => {
      const client = await context.client();
      const token = (await client.tokens.readAll({})).find((known) => known.id === name || (known.name === name && known.revokedAt === null));
      if (!token) throw new CliError(exitCodes.notFound, `there is no API token ${name}; see: flotilla get tokens`);
      await ask(context, options, `Revoke token ${token.name}?`);
      await client.tokens.revoke(token.id);
      say(context, 'did', `token ${token.name} revoked`);
    }),
    ['delete token ci'],
  );
  withExamples(
    deletion(group, 'hook', 'id of the hook', 'Forget a hook: what comes in on its URL is refused').action(async (id: string, options: DeleteOptions) => {
      const client = await context.client();
      const hook = (await client.hooks.readAll({})).find((known) => known.id === id);
      if (!hook) throw new CliError(exitCodes.notFound, `there is no hook ${id}; see: flotilla get hooks`);
      await ask(context, options, `Forget the hook ${hook.url}?`);
      await client.hooks.remove(id);
      say(context, 'did', `hook ${id} forgotten; remove it at its sender too`);
    }),
    ['delete hook 0199d2b0-8a5b-7c3e-9f50-3d2c1b0a9f8e'],
  );
}

function deletion(group: Command, noun: string, argument: string, description: string): Command {
  const name = noun === 'hook' ? '<id>' : '<name>';
  return group.command(noun).argument(name, argument).description(description).option('-s, --silent', 'do not ask');
}

async function ask(context: Context, options: DeleteOptions, question: string): Promise<void> {
  if (!options.silent) await confirm(context, question, 'add --silent');
}

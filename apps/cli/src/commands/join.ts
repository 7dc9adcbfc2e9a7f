import type { HubClient } from '@flotilla/api-client';
import type { ClusterResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { isFlotillaError } from '../exit-codes.js';
import { say } from '../output/progress.js';
import { groupSummaries } from '../groups.js';
import { findFleetRepo } from './fleet-repos.js';
import { commaSeparated, parseLabels, parseSeconds, withExamples } from './options.js';
import { waitFor } from './wait.js';

interface JoinOptions {
  label?: string[];
  fleetRepo?: string;
  path?: string;
  ttl: string;
  readOnly?: boolean;
  wait: boolean;
  timeout: string;
}

export function registerJoin(program: Command, context: Context): void {
  const command = program
    .command('join')
    .argument('<cluster>', 'name of the cluster; it is created when there is none')
    .description(`${groupSummaries.join}: prints the line for kubectl and waits for the cluster`)
    .option('--label <label>', 'labels of a new cluster: region=eu,ring=1', commaSeparated)
    .option('--fleet-repo <name>', 'fleet repo of a new cluster')
    .option('--path <path>', 'directory of a new cluster in the fleet repo (default: clusters/<name>)')
    .option('--ttl <duration>', 'how long the token can be used', '1h')
    .option('--read-only', 'the agent may only look')
    .option('--no-wait', 'do not wait for the agent')
    .option('--timeout <duration>', 'how long to wait', '30m')
    .action(async (name: string, options: JoinOptions) => {
      const client = await context.client();
      const cluster = await getOrCreate(context, client, name, options);
      const token = await client.clusters.createJoinToken(cluster.id, { ttlSeconds: parseSeconds(options.ttl, 'ttl'), readOnly: options.readOnly === true });
      say(context, 'doing', `run this with kubectl pointing at ${cluster.name} (the token can be used once, until ${token.expiresAt}):`);
      context.stdout.write(`${token.command}\n`);
      if (options.wait) await waitForAgent(context, client, cluster, parseSeconds(options.timeout, 'timeout'));
    });
  withExamples(command, ['join prod-eu-1 --label region=eu --fleet-repo fleet', 'join lab --read-only --no-wait']);
}

async function getOrCreate(context: Context, client: HubClient, name: string, options: JoinOptions): Promise<ClusterResponse> {
  try {
    return await client.clusters.get(name);
  } catch (error) {
    if (!isFlotillaError(error) || error.code !== 'not-found') throw error;
  }
  const repo =
    options.fleetRepo === undefined ? {} : { fleetRepoId: (await findFleetRepo(client, options.fleetRepo)).id, path: options.path ?? `clusters/${name}` };
  const cluster = await client.clusters.create({ name, labels: parseLabels(options.label ?? []), ...repo });
  say(context, 'did', `cluster ${name} created`);
  return cluster;
}

/** A cluster that has joined before counts as joined once a newer incarnation reports. */
async function waitForAgent(context: Context, client: HubClient, before: ClusterResponse, timeoutSeconds: number): Promise<void> {
  say(context, 'waiting', `waiting for the agent of ${before.name}`);
  const known = before.agent?.incarnation ?? -1;
  const agent = await waitFor(
    context,
    `the agent of ${before.name} connecting`,
    timeoutSeconds,
    () => client.clusters.get(before.name),
    (cluster) => (cluster.agent?.connected === true && cluster.agent.lastReceivedAt !== null && cluster.agent.incarnation > known ? cluster.agent : undefined),
  );
  say(
    context,
    'did',
    `${before.name} joined: Kubernetes ${agent.kubernetesVersion}, Flux ${agent.fluxVersion ?? 'not installed'}${agent.readOnly ? ', read-only' : ''}`,
  );
}

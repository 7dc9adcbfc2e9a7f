import type { HubClient } from '@flotilla/api-client';
import type {
  AlertResponse,
  ClusterResponse,
  CommitResponse,
  DistributionResponse,
  FleetRepoResponse,
  OperationResponse,
  RollbackResponse,
} from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { truncateHex } from '../output/flux-rows.js';
import { formatOf, type Listing, printList, printValue } from '../output/print.js';
import { age, minute } from '../output/times.js';
import { withExamples, withOutput } from './options.js';

/** Longest list of operations, alerts or commits read for one `get`: they only grow. */
const newestMax = 100;

/** `get clusters`, `get rollbacks`, `get alerts`, …: what the hub itself keeps. */
export function registerGetHub(get: Command, context: Context): void {
  registerClusters(get, context);
  listCommand(get, context, 'fleet-repos', 'List fleet repos', fleetRepoListing, (client) => client.fleetRepos.readAll({}));
  listCommand(
    get,
    context,
    'revisions',
    'List commits of the fleet repos, newest first, with how many clusters run them',
    revisionListing,
    async (client) => (await client.fleet.revisions.list({ limit: newestMax })).items,
  );
  listCommand(
    get,
    context,
    'operations',
    'List bootstraps and other long work, newest first',
    operationListing,
    async (client) => (await client.operations.list({ limit: newestMax })).items,
  );
  listCommand(get, context, 'distributions', 'List imported Flux releases', distributionListing, (client) => client.distributions.readAll({}));
  listCommand(get, context, 'tokens', 'List API tokens', tokenListing, (client) => client.tokens.readAll({}));
  listCommand(get, context, 'hooks', 'List the URLs that forges and Flux call', hookListing, (client) => client.hooks.readAll({}));
  registerRollbacks(get, context);
  registerAlerts(get, context);
}

function listCommand<T>(
  get: Command,
  context: Context,
  noun: string,
  description: string,
  listing: (items: readonly T[], now: Date) => Listing<T>,
  read: (client: HubClient) => Promise<readonly T[]>,
): void {
  withExamples(
    withOutput(get.command(noun).description(description)).action(async (options: { output: string }) => {
      const format = formatOf(options.output);
      await printList(context, format, listing(await read(await context.client()), context.now()));
    }),
    [`get ${noun}`, `get ${noun} -o json`],
  );
}

function registerClusters(get: Command, context: Context): void {
  const command = withOutput(get.command('clusters').alias('cluster').argument('[name]', 'only this cluster').description('List clusters and their state'))
    .option('--selector <selector>', 'clusters with these labels, e.g. region=eu,!legacy')
    .option('--state <state>', 'clusters in this state: unknown, failing, progressing, suspended, ready or joining')
    .action(async (name: string | undefined, options: { output: string; selector?: string; state?: string }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      if (name === undefined)
        return printList(context, format, clusterListing(await client.clusters.readAll({ selector: options.selector, state: options.state }), context.now()));
      const cluster = await client.clusters.get(name);
      return format === 'json' || format === 'yaml'
        ? printValue(context, format, cluster)
        : printList(context, format, clusterListing([cluster], context.now()));
    });
  withExamples(command, ['get clusters', 'get clusters --selector region=eu --state failing', 'get clusters prod-eu-1 -o yaml']);
}

function clusterListing(items: readonly ClusterResponse[], now: Date): Listing<ClusterResponse> {
  return {
    items,
    header: ['Name', 'State', 'For', 'Revision', 'Ready', 'Reason'],
    row: ({ name, state, stateSince, revision, counts, stateReason, divergences }) => [
      name,
      state,
      age(stateSince, now),
      truncateHex(revision ?? ''),
      `${counts.ready}/${counts.objects}`,
      divergences.length > 0
        ? `rolled back: runs ${truncateHex(divergences[0]?.runs ?? '')}, Git declares ${truncateHex(divergences[0]?.declared ?? 'another')}; ${stateReason}`
        : stateReason,
    ],
    name: ({ name }) => `cluster/${name}`,
    none: 'no clusters; create one with: flotilla create cluster NAME',
  };
}

function fleetRepoListing(items: readonly FleetRepoResponse[], now: Date): Listing<FleetRepoResponse> {
  return {
    items,
    header: ['Name', 'Provider', 'Branch', 'Head', 'Read', 'URL'],
    row: ({ name, provider, branch, head, mirroredAt, url, mirrorError }) => [
      name,
      provider,
      branch,
      head ? head.sha.slice(0, 8) : '',
      age(mirroredAt, now),
      mirrorError ? `${url} (${mirrorError})` : url,
    ],
    name: ({ name }) => `fleet-repo/${name}`,
    none: 'no fleet repos; create one with: flotilla create fleet-repo NAME --url URL',
  };
}

function revisionListing(items: readonly CommitResponse[], now: Date): Listing<CommitResponse> {
  return {
    items,
    header: ['Revision', 'Age', 'At', 'Failing', 'Author', 'Subject'],
    row: ({ revision, committedAt, adoption, author, subject, skipped }) => [
      truncateHex(revision),
      age(committedAt, now),
      adoption ? `${adoption.at}/${adoption.of}` : '',
      adoption ? String(adoption.failing) : '',
      author,
      skipped ? `(skipped) ${subject}` : subject,
    ],
    name: ({ revision }) => revision,
    none: 'no commits are known yet; is a fleet repo set up and readable? See: flotilla get fleet-repos',
  };
}

function operationListing(items: readonly OperationResponse[], now: Date): Listing<OperationResponse> {
  return {
    items,
    header: ['Id', 'Kind', 'State', 'Age', 'Step', 'Subject'],
    row: ({ id, kind, state, createdAt, steps, subject, error }) => [
      id,
      kind,
      state,
      age(createdAt, now),
      (steps.findLast((step) => step.state !== 'pending') ?? steps[0])?.name ?? '',
      error ? `${subject}: ${error.message}` : subject,
    ],
    name: ({ id }) => `operation/${id}`,
    none: 'no operations',
  };
}

function distributionListing(items: readonly DistributionResponse[], now: Date): Listing<DistributionResponse> {
  return {
    items,
    header: ['Version', 'Age', 'Digest', 'Components'],
    row: ({ version, createdAt, digest, components }) => [version, age(createdAt, now), digest.slice(0, 'sha256:'.length + 12), components.join(',')],
    name: ({ digest }) => `distribution/${digest}`,
    none: 'no distributions; import one with: flux install --export > flux.yaml && flotilla distribution import flux.yaml',
  };
}

type Token = Awaited<ReturnType<HubClient['tokens']['list']>>['items'][number];

function tokenListing(items: readonly Token[], now: Date): Listing<Token> {
  return {
    items,
    header: ['Name', 'Role', 'Clusters', 'Used', 'Expires', 'State'],
    row: ({ name, role, selector, lastUsedAt, expiresAt, revokedAt }) => [
      name,
      role,
      selector || 'all',
      age(lastUsedAt, now),
      minute(expiresAt),
      revokedAt ? 'revoked' : Date.parse(expiresAt) <= now.getTime() ? 'expired' : 'valid',
    ],
    name: ({ id }) => `token/${id}`,
    none: 'no API tokens; create one with: flotilla create token NAME',
  };
}

type Hook = Awaited<ReturnType<HubClient['hooks']['list']>>['items'][number];

function hookListing(items: readonly Hook[], now: Date): Listing<Hook> {
  return {
    items,
    header: ['ID', 'Provider', 'Age', 'Received', 'URL'],
    row: ({ id, provider, createdAt, lastReceivedAt, url }) => [
      id,
      provider,
      age(createdAt, now),
      lastReceivedAt === null ? 'never' : age(lastReceivedAt, now),
      url,
    ],
    name: ({ id }) => `hook/${id}`,
    none: 'no hooks; make one with: flotilla create hook push FLEET-REPO',
  };
}

function registerRollbacks(get: Command, context: Context): void {
  const command = withOutput(get.command('rollbacks').alias('rollback').description('List rollbacks that are open'))
    .option('--all', 'lifted ones too')
    .action(async (options: { output: string; all?: boolean }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      await printList(context, format, rollbackListing(await client.rollbacks.readAll(options.all ? {} : { open: true }), context.now()));
    });
  withExamples(command, ['get rollbacks', 'get rollbacks --all -o json']);
}

function rollbackListing(items: readonly RollbackResponse[], now: Date): Listing<RollbackResponse> {
  return {
    items,
    header: ['No', 'State', 'To', 'Clusters', 'Held', 'Age', 'Owner', 'Reason'],
    row: ({ number, state, to, targets, createdAt, owner, reason }) => [
      String(number),
      state,
      truncateHex(to),
      String(targets.length),
      String(targets.filter(({ held }) => held !== null).length),
      age(createdAt, now),
      owner,
      reason,
    ],
    name: ({ id }) => `rollback/${id}`,
    none: 'no open rollbacks',
  };
}

function registerAlerts(get: Command, context: Context): void {
  const command = withOutput(get.command('alerts').description('List alerts that fire'))
    .option('--cluster <cluster>', 'alerts of this cluster')
    .option('--all', 'resolved ones too, newest first')
    .action(async (options: { output: string; cluster?: string; all?: boolean }) => {
      const format = formatOf(options.output);
      const client = await context.client();
      const query = { cluster: options.cluster, ...(options.all ? {} : { state: 'firing' }) };
      const items = options.all ? (await client.alerts.list({ ...query, limit: newestMax })).items : await client.alerts.readAll(query);
      await printList(context, format, alertListing(items, context.now()));
    });
  withExamples(command, ['get alerts', 'get alerts --all --cluster prod-eu-1']);
}

function alertListing(items: readonly AlertResponse[], now: Date): Listing<AlertResponse> {
  return {
    items,
    header: ['State', 'For', 'Cluster', 'Alert', 'Object', 'Summary'],
    row: ({ state, startsAt, endsAt, labels, annotations }) => [
      state,
      age(startsAt, endsAt ? new Date(endsAt) : now),
      labels['cluster'] ?? '',
      labels['alertname'] ?? '',
      objectOf(labels),
      truncateHex(annotations['summary'] ?? annotations['message'] ?? annotations['description'] ?? ''),
    ],
    name: ({ id }) => `alert/${id}`,
    none: 'no alerts fire',
  };
}

function objectOf(labels: Readonly<Record<string, string>>): string {
  return [labels['kind'], labels['namespace'], labels['name']].filter((part) => part !== undefined && part !== '').join('/');
}

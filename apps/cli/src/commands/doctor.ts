import type { HubClient } from '@flotilla/api-client';
import type { ClusterResponse } from '@flotilla/contracts';
import type { Command } from 'commander';
import type { Context } from '../context.js';
import { CliError, exitCodes, isFlotillaError } from '../exit-codes.js';
import { say } from '../output/progress.js';
import { age } from '../output/times.js';
import { groupSummaries } from '../groups.js';
import { withExamples } from './options.js';

/** What was looked at; `remedy` where something is wrong. */
interface Finding {
  readonly ok: boolean;
  readonly text: string;
  readonly remedy?: string;
}

/** A token that ends sooner than this is told about. */
const tokenWarningMs = 7 * 86_400_000;
/** An open rollback older than this is told about. */
const rollbackWarningMs = 86_400_000;

export function registerDoctor(program: Command, context: Context): void {
  const command = program
    .command('doctor')
    .description(`${groupSummaries.doctor}; exit code 4 when something is wrong`)
    .action(async () => {
      const findings = await examine(context);
      for (const { ok, text, remedy } of findings) {
        say(context, ok ? 'did' : 'failed', text);
        if (remedy !== undefined) say(context, 'note', `do: ${remedy}`);
      }
      const wrong = findings.filter(({ ok }) => !ok).length;
      if (wrong > 0) throw new CliError(exitCodes.conditionNotMet, `${wrong} of ${findings.length} checks found something`);
    });
  withExamples(command, ['doctor']);
}

async function examine(context: Context): Promise<Finding[]> {
  const client = await context.client();
  const session = await attempt(async () => client.session.read());
  if (session instanceof Error) return [unreachable(context, session)];
  const now = context.now();
  const endsSoon = session.expiresAt !== null && Date.parse(session.expiresAt) - now.getTime() < tokenWarningMs;
  const about: Finding = {
    ok: !endsSoon,
    text: `${context.config.url}: you are ${session.subject}${session.expiresAt ? `, until ${session.expiresAt}` : ''}`,
    ...(endsSoon ? { remedy: 'make a new token: flotilla create token NAME' } : {}),
  };
  const sections = await Promise.all(
    [clusterFindings, repoFindings, rollbackFindings, distributionFindings].map((section) => attempt(() => section(client, now))),
  );
  return [about, ...sections.flatMap((section) => (section instanceof Error ? [{ ok: false, text: section.message }] : section))];
}

function unreachable(context: Context, error: Error): Finding {
  const code = isFlotillaError(error) ? error.code : 'internal';
  const refused = ['unauthenticated', 'token-expired', 'token-revoked', 'forbidden'].includes(code);
  return {
    ok: false,
    text: error.message,
    remedy: refused
      ? 'set FLOTILLA_TOKEN to a valid API token (an admin makes one: flotilla create token NAME)'
      : `check that the hub runs and that FLOTILLA_URL (${context.config.url}) is its address; with a private CA set FLOTILLA_CA`,
  };
}

async function clusterFindings(client: HubClient, now: Date): Promise<Finding[]> {
  const clusters = await client.clusters.readAll({});
  const findings = clusters.flatMap((cluster) => clusterFinding(cluster, now));
  return findings.length > 0 ? findings : [{ ok: true, text: `${clusters.length} clusters, all of them heard of` }];
}

function clusterFinding({ name, agent, state, stateReason }: ClusterResponse, now: Date): Finding[] {
  if (!agent) return [{ ok: false, text: `${name} has not joined`, remedy: `flotilla join ${name}` }];
  if (agent.contested)
    return [
      {
        ok: false,
        text: `${name} is contested: two agents use its identity`,
        remedy: 'find the copied cluster or Secret flotilla-agent-identity, revoke the agent and join again',
      },
    ];
  if (state === 'unknown' || !agent.connected)
    return [
      {
        ok: false,
        text: `${name} is silent${agent.lastReceivedAt ? ` for ${age(agent.lastReceivedAt, now)}` : ''}: ${stateReason}`,
        remedy: `look at the agent: kubectl -n flux-system logs deploy/flotilla-agent (context of ${name})`,
      },
    ];
  return agent.fluxVersion === null ? [{ ok: false, text: `${name} has no Flux`, remedy: `flotilla bootstrap … --cluster ${name}` }] : [];
}

async function repoFindings(client: HubClient): Promise<Finding[]> {
  const repos = await client.fleetRepos.readAll({});
  if (repos.length === 0) return [{ ok: false, text: 'no fleet repo', remedy: 'flotilla create fleet-repo NAME --url URL' }];
  return repos.map(({ name, mirrorError, head }) => ({
    ok: mirrorError === null,
    text: `fleet repo ${name}: ${mirrorError ?? (head ? `at ${head.sha.slice(0, 8)} "${head.subject}"` : 'not read yet')}`,
    ...(mirrorError === null ? {} : { remedy: 'check URL, network and credentials of the repo' }),
  }));
}

async function rollbackFindings(client: HubClient, now: Date): Promise<Finding[]> {
  const open = await client.rollbacks.readAll({ open: true });
  return open.map(({ number, owner, createdAt, reason }) => {
    const isOld = now.getTime() - Date.parse(createdAt) > rollbackWarningMs;
    return {
      ok: !isOld,
      text: `rollback ${number} of ${owner} is open for ${age(createdAt, now)}: ${reason}`,
      ...(isOld ? { remedy: `mend the branch, then: flotilla rollback --lift ${number}` } : {}),
    };
  });
}

async function distributionFindings(client: HubClient): Promise<Finding[]> {
  const { items } = await client.distributions.list({ limit: 1 });
  return [
    items[0]
      ? { ok: true, text: `Flux ${items[0].version} is imported` }
      : {
          ok: false,
          text: 'no Flux release is imported, so nothing can be bootstrapped',
          remedy: 'flux install --export > flux.yaml && flotilla distribution import flux.yaml',
        },
  ];
}

async function attempt<T>(act: () => Promise<T>): Promise<T | Error> {
  try {
    return await act();
  } catch (error) {
    // what cannot be read is itself a finding
    return error instanceof Error ? error : new Error(String(error));
  }
}

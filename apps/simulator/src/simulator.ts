import { join } from 'node:path';
import { HubClient } from '@flotilla/api-client';
import { errorText, pause, type AgentLogger } from '@flotilla/agent-runtime';
import { createDemoFleetRepo } from './demo-fleet-repo.js';
import { demoClusters, type DemoCluster } from './fleet/demo-clusters.js';
import { ensureCluster, ensureFleetRepo, registeredClusters } from './fleet/register-cluster.js';
import type { PretendFluxTiming } from './flux/pretend-flux.js';
import { GitMirror } from './repo/git-mirror.js';
import type { SimulatorConfig } from './simulator.config.js';
import { VirtualCluster } from './virtual-cluster.js';

const branch = 'main';
/** Clusters registered and joined at a time. */
const joinsAtOnce = 4;
const retryMs = 2000;
const demoTiming: PretendFluxTiming = { healthMs: 1500, healthTimeoutMs: 4000 };

/**
 * Runs a fleet of virtual clusters until `signal` aborts: each is registered with the hub if it has to be, joins through the public API as a real
 * one would, and follows the fleet repo, which is fetched once for all of them.
 */
export async function runSimulator(config: SimulatorConfig, log: AgentLogger, signal: AbortSignal, timing: PretendFluxTiming = demoTiming): Promise<void> {
  if (config.repoDirectory !== undefined) await createDemoFleetRepo({ directory: config.repoDirectory, url: config.repoUrl, clusters: config.clusters });
  const repo = await GitMirror.open(config.repo, join(config.stateDirectory, 'fleet.git'));
  const hub = new HubClient({ url: config.hubUrl, token: config.token });
  const fleet = await Promise.all(
    demoClusters(config.clusters).map(async (demo) => ({
      demo,
      cluster: await VirtualCluster.open({
        name: demo.name,
        path: demo.path,
        branch,
        repo,
        timing,
        log: withCluster(log, demo.name),
        stateDirectory: join(config.stateDirectory, 'clusters', demo.name),
      }),
    })),
  );
  const running = fleet.map(({ cluster }) => cluster.runFlux(signal));
  running.push(
    poll(
      repo,
      fleet.map(({ cluster }) => cluster),
      config.pollMs,
      log,
      signal,
    ),
  );
  await startAgents(hub, fleet, config, log, signal, running);
  await Promise.all(running);
}

interface Member {
  readonly demo: DemoCluster;
  readonly cluster: VirtualCluster;
}

async function startAgents(
  hub: HubClient,
  fleet: readonly Member[],
  config: SimulatorConfig,
  log: AgentLogger,
  signal: AbortSignal,
  running: Promise<void>[],
): Promise<void> {
  const registered = await untilItWorks(
    async () => ({ repoId: await ensureFleetRepo(hub, config.repoUrl), known: await registeredClusters(hub) }),
    log,
    signal,
  );
  if (!registered) return;
  const waiting = [...fleet];
  const joinNext = async (): Promise<void> => {
    for (let member = waiting.shift(); member && !signal.aborted; member = waiting.shift()) {
      const { demo, cluster } = member;
      await untilItWorks(
        async () => {
          const id = await ensureCluster(hub, registered.known, demo, registered.repoId);
          // an identity is good for the cluster it was made for: after the hub lost its data the cluster has another id
          const joinToken = registered.known.has(demo.name) && (await cluster.hasJoined()) ? undefined : (await hub.clusters.createJoinToken(id)).token;
          running.push(
            cluster
              .runAgent({ hubUrl: config.hubUrl, joinToken, expectedClusterId: id }, signal)
              .catch((error: unknown) => log.error('the agent of a virtual cluster stopped', { cluster: demo.name, error: errorText(error) })),
          );
        },
        log,
        signal,
      );
    }
  };
  await Promise.all(Array.from({ length: joinsAtOnce }, joinNext));
  log.info('the fleet is started', { clusters: fleet.length });
}

async function poll(repo: GitMirror, clusters: readonly VirtualCluster[], everyMs: number, log: AgentLogger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    try {
      if (await repo.refresh()) for (const cluster of clusters) cluster.repoChanged();
    } catch (error) {
      log.warn('fetching the fleet repo failed', { error: errorText(error) });
    }
  }
}

async function untilItWorks<T>(work: () => Promise<T>, log: AgentLogger, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      log.warn('the hub did not take a request; trying again', { error: errorText(error) });
      await pause(retryMs, signal);
    }
  }
  return undefined;
}

/** Names the cluster in every line; of a whole fleet only what goes wrong is worth one. */
function withCluster(log: AgentLogger, cluster: string): AgentLogger {
  return {
    info: () => undefined,
    warn: (message, fields) => log.warn(message, { cluster, ...fields }),
    error: (message, fields) => log.error(message, { cluster, ...fields }),
  };
}

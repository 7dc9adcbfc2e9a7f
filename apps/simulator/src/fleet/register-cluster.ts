import type { HubClient } from '@flotilla/api-client';
import type { DemoCluster } from './demo-clusters.js';

const branch = 'main';
const fleetRepoName = 'fleet';

/** Id of the hub's fleet repo with this URL; it is registered when the hub has none. */
export async function ensureFleetRepo(hub: HubClient, url: string): Promise<string> {
  for await (const repo of hub.fleetRepos.all({})) if (repo.url === url && repo.branch === branch) return repo.id;
  return (await hub.fleetRepos.create({ name: fleetRepoName, provider: 'git', url, branch })).id;
}

/** What the hub knows of clusters, by name. */
export async function registeredClusters(hub: HubClient): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const cluster of hub.clusters.all({})) found.set(cluster.name, cluster.id);
  return found;
}

/** Id of a cluster; it is registered when `known` does not have it. */
export async function ensureCluster(hub: HubClient, known: ReadonlyMap<string, string>, cluster: DemoCluster, fleetRepoId: string): Promise<string> {
  return known.get(cluster.name) ?? (await hub.clusters.create({ name: cluster.name, labels: { ...cluster.labels }, fleetRepoId, path: cluster.path })).id;
}

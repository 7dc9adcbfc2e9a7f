import { pageLimitMax } from '@flotilla/contracts';
import { queryOptions } from '@tanstack/react-query';
import { hub } from './hub.js';
import { readAll } from './read-all.js';

/** Pages read of a list shown whole: 10,000 clusters, 2,500 objects of a cluster. */
const clusterPagesMax = 20;
const objectPagesMax = 5;
/** Pages of ledger read for the river. */
const ledgerPagesMax = 4;
const limit = pageLimitMax;

/** The first element of every query key is the topic of the hub's events that makes it stale (see use-hub-events). */
export const queries = {
  session: () => queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => hub.session.read({ signal }), staleTime: 5 * 60_000, retry: false }),
  summary: () => queryOptions({ queryKey: ['clusters', 'summary'], queryFn: ({ signal }) => hub.fleet.summary({ signal }) }),
  clusters: () =>
    queryOptions({
      queryKey: ['clusters', 'list'],
      queryFn: ({ signal }) => readAll((cursor) => hub.clusters.list({ limit, cursor }, { signal }), clusterPagesMax),
    }),
  cluster: (name: string) => queryOptions({ queryKey: ['clusters', 'one', name], queryFn: ({ signal }) => hub.clusters.get(name, { signal }) }),
  objects: (cluster: string) =>
    queryOptions({
      queryKey: ['objects', cluster],
      queryFn: ({ signal }) => readAll((cursor) => hub.objects.list({ cluster, limit, cursor }, { signal }), objectPagesMax),
    }),
  explain: (cluster: string, revision: string) =>
    queryOptions({ queryKey: ['objects', cluster, 'explain', revision], queryFn: ({ signal }) => hub.clusters.explain(cluster, revision, { signal }) }),
  commands: (cluster: string) =>
    queryOptions({ queryKey: ['operations', 'commands', cluster], queryFn: ({ signal }) => hub.clusters.commands(cluster, { limit: 50 }, { signal }) }),
  ledger: (cluster: string) => queryOptions({ queryKey: ['ledger', cluster], queryFn: ({ signal }) => hub.ledger.list({ cluster, limit: 100 }, { signal }) }),
  fleetLedger: () =>
    queryOptions({
      queryKey: ['ledger', 'fleet'],
      queryFn: ({ signal }) => readAll((cursor) => hub.ledger.list({ kind: 'Kustomization', limit, cursor }, { signal }), ledgerPagesMax),
    }),
  revisions: (fleetRepoId: string | undefined) =>
    queryOptions({
      queryKey: ['fleet-repos', 'revisions', fleetRepoId ?? ''],
      queryFn: ({ signal }) => hub.fleet.revisions.list({ fleetRepoId, limit: 100 }, { signal }),
    }),
  revision: (sha: string) => queryOptions({ queryKey: ['fleet-repos', 'revision', sha], queryFn: ({ signal }) => hub.fleet.revision(sha, { signal }) }),
  fleetRepos: () => queryOptions({ queryKey: ['fleet-repos', 'list'], queryFn: ({ signal }) => hub.fleetRepos.list({ limit: 100 }, { signal }) }),
  operations: (clusterId?: string) =>
    queryOptions({ queryKey: ['operations', 'list', clusterId ?? ''], queryFn: ({ signal }) => hub.operations.list({ clusterId, limit: 50 }, { signal }) }),
  operation: (id: string) => queryOptions({ queryKey: ['operations', 'one', id], queryFn: ({ signal }) => hub.operations.get(id, { signal }) }),
  rollbacks: (open?: boolean) =>
    queryOptions({ queryKey: ['rollbacks', 'list', open ?? 'all'], queryFn: ({ signal }) => hub.rollbacks.list({ open, limit: 100 }, { signal }) }),
  alerts: () => queryOptions({ queryKey: ['alerts', 'list'], queryFn: ({ signal }) => hub.alerts.list({ limit }, { signal }) }),
  deliveries: () => queryOptions({ queryKey: ['alerts', 'deliveries'], queryFn: ({ signal }) => hub.deliveries.list({ limit: 100 }, { signal }) }),
};

import {
  alertsPage, clusterResponse, clustersPage, commandsPage, commitsPage, deliveriesPage, explainResponse, fleetReposPage, fleetSummary, ledgerPage, objectsPage, operationResponse, operationsPage,
  pageLimitMax, rollbackResponse, rollbacksPage, sessionResponse,
} from '@flotilla/contracts';
import { queryOptions } from '@tanstack/react-query';
import { call } from './client.js';
import { readAll } from './read-all.js';

/** Pages read of a list shown whole: 10,000 clusters, 2,500 objects of a cluster. */
const clusterPagesMax = 20;
const objectPagesMax = 5;
/** Pages of ledger read for the river. */
const ledgerPagesMax = 4;
const limit = pageLimitMax;
const each = encodeURIComponent;

/** The first element of every query key is the topic of the hub's events that makes it stale (see use-hub-events). */
export const queries = {
  session: () => queryOptions({ queryKey: ['session'], queryFn: ({ signal }) => call('/session', { answer: sessionResponse, signal }), staleTime: 5 * 60_000, retry: false }),
  summary: () => queryOptions({ queryKey: ['clusters', 'summary'], queryFn: ({ signal }) => call('/fleet/summary', { answer: fleetSummary, signal }) }),
  clusters: () =>
    queryOptions({
      queryKey: ['clusters', 'list'],
      queryFn: ({ signal }) => readAll((cursor) => call('/clusters', { query: { limit, cursor }, answer: clustersPage, signal }), clusterPagesMax),
    }),
  cluster: (name: string) => queryOptions({ queryKey: ['clusters', 'one', name], queryFn: ({ signal }) => call(`/clusters/${each(name)}`, { answer: clusterResponse, signal }) }),
  objects: (cluster: string) =>
    queryOptions({
      queryKey: ['objects', cluster],
      queryFn: ({ signal }) => readAll((cursor) => call(`/clusters/${each(cluster)}/objects`, { query: { limit, cursor }, answer: objectsPage, signal }), objectPagesMax),
    }),
  explain: (cluster: string, revision: string) =>
    queryOptions({ queryKey: ['objects', cluster, 'explain', revision], queryFn: ({ signal }) => call(`/clusters/${each(cluster)}/explain`, { query: { revision }, answer: explainResponse, signal }) }),
  commands: (cluster: string) =>
    queryOptions({ queryKey: ['operations', 'commands', cluster], queryFn: ({ signal }) => call(`/clusters/${each(cluster)}/commands`, { query: { limit: 50 }, answer: commandsPage, signal }) }),
  ledger: (cluster: string) => queryOptions({ queryKey: ['ledger', cluster], queryFn: ({ signal }) => call('/ledger', { query: { cluster, limit: 100 }, answer: ledgerPage, signal }) }),
  fleetLedger: () =>
    queryOptions({ queryKey: ['ledger', 'fleet'], queryFn: ({ signal }) => readAll((cursor) => call('/ledger', { query: { kind: 'Kustomization', limit, cursor }, answer: ledgerPage, signal }), ledgerPagesMax) }),
  revisions: (fleetRepoId: string | undefined) =>
    queryOptions({ queryKey: ['fleet-repos', 'revisions', fleetRepoId ?? ''], queryFn: ({ signal }) => call('/fleet/revisions', { query: { fleetRepoId, limit: 100 }, answer: commitsPage, signal }) }),
  fleetRepos: () => queryOptions({ queryKey: ['fleet-repos', 'list'], queryFn: ({ signal }) => call('/fleet-repos', { query: { limit: 100 }, answer: fleetReposPage, signal }) }),
  operations: (clusterId?: string) =>
    queryOptions({ queryKey: ['operations', 'list', clusterId ?? ''], queryFn: ({ signal }) => call('/operations', { query: { clusterId, limit: 50 }, answer: operationsPage, signal }) }),
  operation: (id: string) => queryOptions({ queryKey: ['operations', 'one', id], queryFn: ({ signal }) => call(`/operations/${each(id)}`, { answer: operationResponse, signal }) }),
  rollbacks: (open?: boolean) => queryOptions({ queryKey: ['rollbacks', 'list', open ?? 'all'], queryFn: ({ signal }) => call('/rollbacks', { query: { open, limit: 100 }, answer: rollbacksPage, signal }) }),
  rollback: (id: string) => queryOptions({ queryKey: ['rollbacks', 'one', id], queryFn: ({ signal }) => call(`/rollbacks/${each(id)}`, { answer: rollbackResponse, signal }) }),
  alerts: () => queryOptions({ queryKey: ['alerts', 'list'], queryFn: ({ signal }) => call('/alerts', { query: { limit }, answer: alertsPage, signal }) }),
  deliveries: () => queryOptions({ queryKey: ['alerts', 'deliveries'], queryFn: ({ signal }) => call('/deliveries', { query: { limit: 100 }, answer: deliveriesPage, signal }) }),
};

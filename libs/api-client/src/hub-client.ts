import {
  type AlertResponse,
  alertsPage,
  type AuditEntryResponse,
  auditPage,
  auditVerifyResponse,
  type BootstrapRequest,
  bootstrapRequest,
  clusterCheckRequest,
  clusterCheckResponse,
  type ClusterResponse,
  clusterResponse,
  clustersPage,
  commandResponse,
  commandsPage,
  commitContentRequest,
  commitResponse,
  commitsPage,
  type CommitResponse,
  type createClusterRequest,
  createCommandRequest,
  createdHookResponse,
  createdTokenResponse,
  type createFleetRepoRequest,
  createHookRequest,
  createJoinTokenRequest,
  type createTokenRequest,
  type DeliveryResponse,
  deliveriesPage,
  distributionResponse,
  type DistributionResponse,
  distributionsPage,
  explainResponse,
  fleetRepoResponse,
  type FleetRepoResponse,
  fleetReposPage,
  fleetSummary,
  type HubEvent,
  hubEvent,
  importDistributionRequest,
  joinTokenResponse,
  type LedgerEntryResponse,
  ledgerPage,
  loginRequest,
  type ObjectResponse,
  objectsPage,
  operationResponse,
  type OperationResponse,
  operationsPage,
  type Page,
  pageLimitMax,
  type rollbackPreviewRequest,
  rollbackPreviewResponse,
  rollbackResponse,
  type RollbackResponse,
  rollbacksPage,
  routesTestRequest,
  routesTestResponse,
  routingDocument,
  routingResponse,
  sessionResponse,
  type startRollbackRequest,
  tokensPage,
  type updateClusterRequest,
  hooksPage,
} from '@flotilla/contracts';
import type { z } from 'zod';
import { Http, type HttpOptions, type Query, type RequestOptions } from './http.js';
import { allItems, collect } from './pages.js';
import { readServerEvents } from './sse.js';

type Input<S extends z.ZodType> = z.input<S>;
/** Per call: `idempotencyKey` to repeat a POST safely, `signal` and `timeoutMs` to give up. */
type CallOptions = Pick<RequestOptions, 'idempotencyKey' | 'signal' | 'timeoutMs'>;

/** Bootstraps and imports carry large bodies. */
const uploadTimeoutMs = 120_000;

/** `list` gives one page, `all` every item across pages as they come, `readAll` every item at once. */
function listOf<T, Q extends Query>(http: Http, path: string, schema: z.ZodType<Page<T>>) {
  const list = (query: Q & { cursor?: string | undefined; limit?: number | undefined }, options: CallOptions = {}): Promise<Page<T>> =>
    http.json(schema, 'GET', path, { ...options, query });
  const all = (query: Q, options: CallOptions = {}): AsyncGenerator<T> => allItems((cursor) => list({ limit: pageLimitMax, ...query, cursor }, options));
  return { list, all, readAll: (query: Q, options: CallOptions = {}): Promise<T[]> => collect(all(query, options)) };
}

/**
 * The REST API of a hub, one group of methods per feature. Inputs and answers are the schemas of `@flotilla/contracts`; failures are
 * FlotillaErrors. Where a route takes a cluster it takes its id or its name. Runs in Node and in browsers.
 */
export class HubClient {
  private readonly http: Http;

  constructor(options: HttpOptions) {
    this.http = new Http(options);
  }

  get session() {
    const http = this.http;
    return {
      /** who asks, and what they may do */
      read: (options?: CallOptions) => http.json(sessionResponse, 'GET', '/session', options),
      /** opens a browser session (cookie) */
      login: (body: Input<typeof loginRequest>) => http.json(sessionResponse, 'POST', '/session', { body: loginRequest.parse(body) }),
      logout: () => http.empty('DELETE', '/session'),
    };
  }

  get tokens() {
    return {
      ...listOf(this.http, '/tokens', tokensPage),
      create: (body: Input<typeof createTokenRequest>, options?: CallOptions) => this.http.json(createdTokenResponse, 'POST', '/tokens', { ...options, body }),
      revoke: (id: string) => this.http.empty('DELETE', `/tokens/${segment(id)}`),
    };
  }

  get clusters() {
    const http = this.http;
    return {
      ...listOf<ClusterResponse, { selector?: string | undefined; name?: string | undefined; state?: string | undefined }>(http, '/clusters', clustersPage),
      get: (cluster: string, options?: CallOptions) => http.json(clusterResponse, 'GET', `/clusters/${segment(cluster)}`, options),
      create: (body: Input<typeof createClusterRequest>, options?: CallOptions) => http.json(clusterResponse, 'POST', '/clusters', { ...options, body }),
      update: (cluster: string, body: Input<typeof updateClusterRequest>) => http.json(clusterResponse, 'PATCH', `/clusters/${segment(cluster)}`, { body }),
      remove: (cluster: string) => http.empty('DELETE', `/clusters/${segment(cluster)}`),
      /** why the cluster is not at a revision */
      explain: (cluster: string, revision: string, options?: CallOptions) =>
        http.json(explainResponse, 'GET', `/clusters/${segment(cluster)}/explain`, { ...options, query: { revision } }),
      createJoinToken: (cluster: string, body: Input<typeof createJoinTokenRequest> = {}, options?: CallOptions) =>
        http.json(joinTokenResponse, 'POST', `/clusters/${segment(cluster)}/join-tokens`, { ...options, body: createJoinTokenRequest.parse(body) }),
      bootstrap: (cluster: string, body: Input<typeof bootstrapRequest>, options?: CallOptions) =>
        http.json(operationResponse, 'POST', `/clusters/${segment(cluster)}/bootstrap`, {
          timeoutMs: uploadTimeoutMs,
          ...options,
          body: bootstrapRequest.parse(body) satisfies BootstrapRequest,
        }),
      check: (cluster: string, body: Input<typeof clusterCheckRequest>, options?: CallOptions) =>
        http.json(clusterCheckResponse, 'POST', `/clusters/${segment(cluster)}/check`, {
          timeoutMs: uploadTimeoutMs,
          ...options,
          body: clusterCheckRequest.parse(body),
        }),
      /** reconcile, suspend or resume one object through the agent */
      command: (cluster: string, body: Input<typeof createCommandRequest>, options?: CallOptions) =>
        http.json(commandResponse, 'POST', `/clusters/${segment(cluster)}/commands`, { ...options, body: createCommandRequest.parse(body) }),
      /** the newest commands of a cluster, with their outcome */
      commands: (cluster: string, query: { limit?: number | undefined; cursor?: string | undefined } = {}, options?: CallOptions) =>
        http.json(commandsPage, 'GET', `/clusters/${segment(cluster)}/commands`, { ...options, query }),
      /** commits files below the cluster's path */
      commitContent: (cluster: string, body: Input<typeof commitContentRequest>, options?: CallOptions) =>
        http.json(operationResponse, 'POST', `/clusters/${segment(cluster)}/content`, { ...options, body: commitContentRequest.parse(body) }),
    };
  }

  get commands() {
    return { get: (id: string, options?: CallOptions) => this.http.json(commandResponse, 'GET', `/commands/${segment(id)}`, options) };
  }

  get objects() {
    return listOf<
      ObjectResponse,
      {
        selector?: string | undefined;
        cluster?: string | undefined;
        kind?: string | undefined;
        namespace?: string | undefined;
        name?: string | undefined;
        state?: string | undefined;
      }
    >(this.http, '/objects', objectsPage);
  }

  get fleet() {
    return {
      summary: (options?: CallOptions) => this.http.json(fleetSummary, 'GET', '/fleet/summary', options),
      /** one commit, with the clusters whose paths it touches; the id in full */
      revision: (sha: string, options?: CallOptions) => this.http.json(commitResponse, 'GET', `/fleet/revisions/${segment(sha)}`, options),
      /** commits newest first, with how many clusters run each */
      revisions: listOf<CommitResponse, { fleetRepoId?: string | undefined }>(this.http, '/fleet/revisions', commitsPage),
    };
  }

  get fleetRepos() {
    return {
      ...listOf<FleetRepoResponse, Query>(this.http, '/fleet-repos', fleetReposPage),
      get: (id: string, options?: CallOptions) => this.http.json(fleetRepoResponse, 'GET', `/fleet-repos/${segment(id)}`, options),
      create: (body: Input<typeof createFleetRepoRequest>, options?: CallOptions) =>
        this.http.json(fleetRepoResponse, 'POST', '/fleet-repos', { ...options, body }),
    };
  }

  get operations() {
    return {
      ...listOf<OperationResponse, { clusterId?: string | undefined }>(this.http, '/operations', operationsPage),
      get: (id: string, options?: CallOptions) => this.http.json(operationResponse, 'GET', `/operations/${segment(id)}`, options),
    };
  }

  get distributions() {
    return {
      ...listOf<DistributionResponse, Query>(this.http, '/distributions', distributionsPage),
      import: (body: Input<typeof importDistributionRequest>, options?: CallOptions) =>
        this.http.json(distributionResponse, 'POST', '/distributions', { timeoutMs: uploadTimeoutMs, ...options, body }),
    };
  }

  get rollbacks() {
    return {
      ...listOf<RollbackResponse, { open?: boolean | undefined }>(this.http, '/rollbacks', rollbacksPage),
      get: (id: string, options?: CallOptions) => this.http.json(rollbackResponse, 'GET', `/rollbacks/${segment(id)}`, options),
      preview: (body: Input<typeof rollbackPreviewRequest>, options?: CallOptions) =>
        this.http.json(rollbackPreviewResponse, 'POST', '/rollbacks/preview', { ...options, body }),
      start: (body: Input<typeof startRollbackRequest>, options?: CallOptions) => this.http.json(rollbackResponse, 'POST', '/rollbacks', { ...options, body }),
      /** returns the clusters to their branch */
      lift: (id: string, options?: CallOptions) => this.http.json(rollbackResponse, 'POST', `/rollbacks/${segment(id)}/lift`, { ...options, body: {} }),
    };
  }

  get ledger() {
    return listOf<
      LedgerEntryResponse,
      {
        cluster?: string | undefined;
        selector?: string | undefined;
        kind?: string | undefined;
        namespace?: string | undefined;
        name?: string | undefined;
        at?: string | undefined;
      }
    >(this.http, '/ledger', ledgerPage);
  }

  get audit() {
    return {
      ...listOf<AuditEntryResponse, { action?: string | undefined; actor?: string | undefined; clusterId?: string | undefined }>(
        this.http,
        '/audit',
        auditPage,
      ),
      verify: (options?: CallOptions) => this.http.json(auditVerifyResponse, 'GET', '/audit/verify', { timeoutMs: uploadTimeoutMs, ...options }),
    };
  }

  get alerts() {
    return listOf<AlertResponse, { state?: string | undefined; cluster?: string | undefined }>(this.http, '/alerts', alertsPage);
  }

  get deliveries() {
    return listOf<DeliveryResponse, Query>(this.http, '/deliveries', deliveriesPage);
  }

  get routes() {
    const http = this.http;
    return {
      read: (options?: CallOptions) => http.json(routingResponse, 'GET', '/routes', options),
      /** replaces the routing whole */
      write: (body: Input<typeof routingDocument>) => http.json(routingResponse, 'PUT', '/routes', { body: routingDocument.parse(body) }),
      /** which receivers an alert with these labels would reach */
      test: (labels: Record<string, string>) => http.json(routesTestResponse, 'POST', '/routes/test', { body: routesTestRequest.parse({ labels }) }),
    };
  }

  get hooks() {
    return {
      ...listOf(this.http, '/hooks', hooksPage),
      create: (body: Input<typeof createHookRequest>, options?: CallOptions) =>
        this.http.json(createdHookResponse, 'POST', '/hooks', { ...options, body: createHookRequest.parse(body) }),
      remove: (id: string) => this.http.empty('DELETE', `/hooks/${segment(id)}`),
    };
  }

  /** Nudges until the stream ends: which lists changed, for which clusters. Resume with the `id` of the last. Unknown events are skipped. */
  async *events(options: { signal?: AbortSignal | undefined; lastEventId?: string | undefined } = {}): AsyncGenerator<HubEvent & { id: string | undefined }> {
    const response = await this.http.stream('/events', options);
    if (!response.body) return;
    for await (const { id, data } of readServerEvents(response.body)) {
      const parsed = hubEvent.safeParse(jsonOf(data));
      if (parsed.success) yield { ...parsed.data, id };
    }
  }
}

function segment(value: string): string {
  return encodeURIComponent(value);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // a keep-alive or an event of a newer hub: not one of ours
    return undefined;
  }
}

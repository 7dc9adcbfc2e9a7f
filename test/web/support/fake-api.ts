import type { ClusterResponse, HubEvent, ProblemCode, RollbackPreviewResponse, SessionResponse } from '@flotilla/contracts';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { aRollback, explanationOf, idOf, inState, summaryOf, type FakeFleet } from './fleet-builders.js';

/** The policy the hub serves the console with. */
const contentSecurityPolicy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
export const credentials = { user: 'admin', password: 'correct horse' };
const sessionCookie = 'flotilla_session=fake';

interface Failure {
  status: number;
  code: ProblemCode;
  detail: string;
}

/** How the API misbehaves, by the start of the path (below `/api/v1`). */
export interface Faults {
  /** answered instead */
  failures: Map<string, Failure>;
  /** never answered until the map is cleared */
  stalled: Set<string>;
  /** list pages from this cursor on fail */
  failPagesFrom: number | null;
}

/**
 * The hub's REST API over an in-memory fleet, for tests of the console's pages only: real HTTP on loopback, the built console on the same origin
 * with the hub's policy, cookie sessions, cursors, problem documents, server-sent events.
 */
export class FakeApi {
  readonly faults: Faults = { failures: new Map(), stalled: new Set(), failPagesFrom: null };
  /** writes that arrived, in order */
  readonly writes: { method: string; path: string; body: unknown; csrf: boolean }[] = [];
  readonly reads: string[] = [];
  private readonly listeners = new Set<ServerResponse>();
  private readonly held = new Set<() => void>();
  private readonly server: Server;
  permissions: SessionResponse['permissions'];

  private constructor(
    readonly fleet: FakeFleet,
    private readonly console: string,
    permissions: SessionResponse['permissions'],
  ) {
    this.permissions = permissions;
    this.server = createServer((request, response) => void this.answer(request, response).catch(() => response.destroy()));
  }

  static async start(fleet: FakeFleet, consoleFolder: string, permissions: SessionResponse['permissions']): Promise<FakeApi> {
    const api = new FakeApi(fleet, consoleFolder, permissions);
    await new Promise<void>((resolve) => api.server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get viewers(): number {
    return this.listeners.size;
  }

  async stop(): Promise<void> {
    this.release();
    for (const listener of this.listeners) listener.end();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  /** Sends an event to every open console. */
  emit(topic: HubEvent['topic'], clusters: readonly ClusterResponse[] = []): void {
    const event: HubEvent = { topic, clusterIds: clusters.map((cluster) => cluster.id).slice(0, 200) };
    for (const listener of this.listeners) listener.write(`id: ${Date.now()}\nevent: ${topic}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  /** Ends every event stream, as a restarting hub does. */
  dropStreams(): void {
    for (const listener of this.listeners) listener.destroy();
    this.listeners.clear();
  }

  /** Lets stalled requests go on. */
  release(): void {
    this.faults.stalled.clear();
    for (const go of this.held) go();
    this.held.clear();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (!url.pathname.startsWith('/api/v1')) return this.serveFile(url.pathname, response);
    const path = url.pathname.slice('/api/v1'.length);
    const method = request.method ?? 'GET';
    const body = await bodyOf(request);
    if (method === 'GET') this.reads.push(`${path}${url.search}`);
    if ([...this.faults.stalled].some((prefix) => path.startsWith(prefix))) await new Promise<void>((resolve) => this.held.add(resolve));
    if (method !== 'GET' && path !== '/session') this.writes.push({ method, path, body, csrf: request.headers['x-flotilla-csrf'] === '1' });
    if (path === '/session' && method === 'POST') return this.login(body, response);
    if (!(request.headers.cookie ?? '').includes(sessionCookie)) return problem(response, 401, 'unauthenticated', 'Sign in first.');
    if (method !== 'GET' && request.headers['x-flotilla-csrf'] !== '1') return problem(response, 403, 'forbidden', 'The header x-flotilla-csrf is missing.');
    for (const [prefix, failure] of this.faults.failures) if (path.startsWith(prefix)) return problem(response, failure.status, failure.code, failure.detail);
    if (path === '/events') return this.openStream(request, response);
    const answer = this.route(method, path, url.searchParams, body);
    if (answer === undefined) return problem(response, 404, 'not-found', `There is no ${path} in your scope; check the name.`);
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
  }

  private route(
    method: string,
    path: string,
    query: URLSearchParams,
    body: unknown,
  ): { status?: number; body?: unknown; headers?: Record<string, string> } | undefined {
    const { fleet } = this;
    const [, resource = '', name = '', sub = ''] = path.split('/').map(decodeURIComponent);
    const cluster = fleet.clusters.find((each) => each.name === name || each.id === name);
    if (path === '/session' && method === 'GET')
      return {
        body: {
          subject: 'admin',
          kind: 'user',
          grants: [{ role: 'admin', selector: '' }],
          permissions: this.permissions,
          expiresAt: null,
        } satisfies SessionResponse,
      };
    if (path === '/session' && method === 'DELETE') return { status: 204, headers: { 'set-cookie': 'flotilla_session=; Path=/; Max-Age=0' } };
    if (path === '/fleet/summary') return { body: summaryOf(fleet) };
    if (resource === 'fleet' && name === 'revisions' && sub !== '') return found(fleet.commits.find((commit) => commit.sha === sub));
    if (path === '/fleet/revisions') return { body: this.page(fleet.commits, query) };
    if (method === 'POST') return this.write(resource, name, sub, cluster, body);
    switch (resource) {
      case 'clusters':
        if (name === '') return { body: this.page(fleet.clusters, query) };
        if (!cluster) return undefined;
        if (sub === '') return { body: cluster };
        if (sub === 'objects')
          return {
            body: this.page(
              fleet.objects.filter((object) => object.clusterId === cluster.id),
              query,
            ),
          };
        if (sub === 'explain') return { body: explanationOf(cluster, query.get('revision') ?? '') };
        if (sub === 'commands')
          return {
            body: this.page(
              fleet.commands.filter((command) => command.clusterId === cluster.id),
              query,
            ),
          };
        return undefined;
      case 'objects':
        return {
          body: this.page(
            fleet.objects.filter((object) => !query.get('cluster') || object.cluster === query.get('cluster')),
            query,
          ),
        };
      case 'fleet-repos':
        return { body: this.page(fleet.fleetRepos, query) };
      case 'ledger':
        return {
          body: this.page(
            fleet.ledger.filter((entry) => !query.get('cluster') || entry.cluster === query.get('cluster')),
            query,
          ),
        };
      case 'alerts':
        return { body: this.page(fleet.alerts, query) };
      case 'deliveries':
        return { body: this.page(fleet.deliveries, query) };
      case 'operations':
        return name === '' ? { body: this.page(fleet.operations, query) } : found(fleet.operations.find((operation) => operation.id === name));
      case 'rollbacks':
        return name === ''
          ? { body: this.page(query.get('open') === 'true' ? fleet.rollbacks.filter((rollback) => rollback.liftedAt === null) : fleet.rollbacks, query) }
          : found(fleet.rollbacks.find((rollback) => rollback.id === name));
      default:
        return undefined;
    }
  }

  private write(
    resource: string,
    name: string,
    sub: string,
    cluster: ClusterResponse | undefined,
    body: unknown,
  ): { status?: number; body?: unknown } | undefined {
    const { fleet } = this;
    const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    if (resource === 'clusters' && name === '') {
      const base = fleet.clusters[0];
      const made: ClusterResponse = {
        ...inState(base ?? emptyCluster, 'joining'),
        id: idOf(1, 90_000 + fleet.clusters.length),
        name: String(given['name']),
        labels: (given['labels'] ?? {}) as Record<string, string>,
        path: typeof given['path'] === 'string' ? given['path'] : null,
        fleetRepo: fleet.fleetRepos[0] && given['fleetRepoId'] ? { id: fleet.fleetRepos[0].id, name: fleet.fleetRepos[0].name } : null,
        divergences: [],
        createdAt: new Date().toISOString(),
      };
      fleet.clusters.push(made);
      this.emit('clusters', [made]);
      return { status: 201, body: made };
    }
    if (resource === 'clusters' && cluster && sub === 'join-tokens')
      return {
        status: 201,
        body: {
          id: idOf(11, 1),
          token: 'flj_abc',
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
          manifestUrl: `${this.url}/join/flj_abc.yaml`,
          command: `kubectl apply -f ${this.url}/join/flj_abc.yaml`,
        },
      };
    if (resource === 'clusters' && cluster && sub === 'bootstrap') return fleet.operations[0] && { status: 202, body: fleet.operations[0] };
    if (resource === 'clusters' && cluster && sub === 'commands') {
      const made = {
        id: idOf(10, 100 + fleet.commands.length),
        clusterId: cluster.id,
        cluster: cluster.name,
        type: given['type'] as 'reconcile',
        object: given['object'] as { kind: string; namespace: string; name: string },
        state: 'pending' as const,
        message: '',
        issuer: 'admin',
        createdAt: new Date().toISOString(),
        expiresAt: new Date(Date.now() + 60_000).toISOString(),
        finishedAt: null,
      };
      fleet.commands.unshift(made);
      return { status: 202, body: made };
    }
    if (resource === 'rollbacks' && name === 'preview') return { body: this.preview(String(given['to'])) };
    if (resource === 'rollbacks' && name === '') {
      const made = aRollback(fleet.clusters.slice(0, 3), {
        id: idOf(4, 50),
        number: 4,
        reason: String(given['reason']),
        selector: String(given['selector']),
        state: 'pinning',
      });
      fleet.rollbacks.unshift(made);
      return { status: 202, body: made };
    }
    if (resource === 'rollbacks' && sub === 'lift') {
      const rollback = fleet.rollbacks.find((each) => each.id === name);
      if (rollback) rollback.state = 'lifting';
      return found(rollback);
    }
    return undefined;
  }

  private preview(to: string): RollbackPreviewResponse {
    const sha = to.slice(-40);
    return {
      to: `main@sha1:${sha}`,
      sha,
      subject: this.fleet.commits.find((commit) => commit.sha === sha)?.subject ?? '',
      budget: { namespaces: 0, persistentVolumeClaims: 0, customResourceDefinitions: 0 },
      gitReachable: true,
      gitMessage: '',
      targets: this.fleet.clusters.slice(0, 4).map((cluster, index) => ({
        clusterId: cluster.id,
        cluster: cluster.name,
        source: { namespace: 'flux-system', name: 'fleet' },
        from: cluster.revision,
        to: `main@sha1:${sha}`,
        worstCaseSeconds: 10,
        held: index === 3 ? 'no inventory was recorded at that revision: deletions cannot be predicted' : null,
        deletions: index === 1 ? ['Service/shop/checkout-canary'] : [],
        deletionsKnown: index !== 3,
        warnings: [],
      })),
    };
  }

  private page<T>(items: readonly T[], query: URLSearchParams): { items: T[]; nextCursor: string | null } {
    const limit = Number(query.get('limit') ?? 100);
    const from = Number(query.get('cursor') ?? 0);
    if (this.faults.failPagesFrom !== null && from >= this.faults.failPagesFrom) throw new Error('this page is not readable');
    return { items: items.slice(from, from + limit), nextCursor: from + limit < items.length ? String(from + limit) : null };
  }

  private login(body: unknown, response: ServerResponse): void {
    const { user, password } = (body ?? {}) as Record<string, unknown>;
    if (user !== credentials.user || password !== credentials.password)
      return problem(response, 401, 'login-failed', 'Check the user and the password; the first start printed them.');
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': `${sessionCookie}; Path=/; HttpOnly; SameSite=Strict` });
    response.end(
      JSON.stringify({
        subject: 'admin',
        kind: 'user',
        grants: [{ role: 'admin', selector: '' }],
        permissions: this.permissions,
        expiresAt: null,
      } satisfies SessionResponse),
    );
  }

  private openStream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': open\n\n');
    this.listeners.add(response);
    request.on('close', () => this.listeners.delete(response));
  }

  private async serveFile(path: string, response: ServerResponse): Promise<void> {
    const name = normalize(path).replace(/^\/+/, '');
    const file = extname(name) === '' ? 'index.html' : name;
    const content = await readFile(join(this.console, file)).catch(() => null);
    response.writeHead(content === null ? 404 : 200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
    });
    response.end(content ?? '');
  }
}

const emptyCluster: ClusterResponse = {
  id: idOf(1, 0),
  name: 'none',
  labels: {},
  fleetRepo: null,
  path: null,
  state: 'joining',
  stateSince: null,
  stateReason: '',
  revision: null,
  revisionSince: null,
  counts: { objects: 0, ready: 0, failing: 0, progressing: 0, suspended: 0 },
  agent: null,
  divergences: [],
  createdAt: new Date(0).toISOString(),
};

function found(body: unknown): { body: unknown } | undefined {
  return body === undefined ? undefined : { body };
}

function problem(response: ServerResponse, status: number, code: ProblemCode, detail: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: `urn:flotilla:${code}`, title: code, status, detail, code, requestId: 'req-1' }));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? null : JSON.parse(text);
}

import { createHash, X509Certificate } from 'node:crypto';
import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import {
  apiVersionOf,
  type ApplyOptions,
  type KubeApi,
  type KubeList,
  type KubeObject,
  type KubeResource,
  type ListOptions,
  type WatchEvent,
  type WatchOptions,
} from './kube-api.js';
import { KubeApiError } from './kube-api-error.js';
import type { KubeCredentials } from './kube-credentials.js';
import { readLines } from './read-lines.js';

/** Longest a plain call may take. */
const callTimeoutMs = 30_000;
/** A watch is cut when the server says nothing this long after it should have ended it. */
const watchGraceMs = 30_000;
/** Largest answer to a plain call: a page of Flux objects, each under etcd's 1.5 MiB. */
const answerBytesMax = 64 * 1024 * 1024;
/** Longest line of a watch: one object and its envelope. */
const watchLineBytesMax = 4 * 1024 * 1024;
const socketsMax = 32;

interface ApiStatus {
  readonly message?: string;
  readonly code?: number;
}

/** KubeApi over HTTPS with keep-alive. Certificates are always checked, against the credentials' CA. */
export class HttpsKubeApi implements KubeApi {
  readonly caFingerprint: string | undefined;
  private readonly agent: Agent;
  private readonly server: URL;

  constructor(private readonly credentials: KubeCredentials) {
    this.server = new URL(credentials.server);
    this.agent = new Agent({ keepAlive: true, maxSockets: socketsMax, ca: credentials.ca, ...credentials.clientCertificate });
    this.caFingerprint = credentials.ca === undefined ? undefined : createHash('sha256').update(new X509Certificate(credentials.ca).raw).digest('hex');
  }

  async version(): Promise<string> {
    const answer = (await this.call('GET', '/version')) as { gitVersion?: string };
    return answer.gitVersion ?? 'unknown';
  }

  async discover(groups: readonly string[]): Promise<KubeResource[]> {
    const installed = (await this.call('GET', '/apis')) as { groups?: { name: string; versions: { version: string }[] }[] };
    const found: KubeResource[] = [];
    for (const group of installed.groups ?? []) {
      if (!groups.includes(group.name)) continue;
      const seen = new Set<string>();
      // best version first; not every kind of a group is served in it (Alert and Provider are v1beta3 where Receiver is v1)
      for (const { version } of group.versions) {
        for (const resource of await this.resourcesOf(group.name, version)) {
          if (seen.has(resource.resource)) continue;
          seen.add(resource.resource);
          found.push(resource);
        }
      }
    }
    return found;
  }

  async list(resource: KubeResource, options: ListOptions): Promise<KubeList> {
    const query = new URLSearchParams({ limit: String(options.limit) });
    if (options.continue !== undefined) query.set('continue', options.continue);
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
    const answer = (await this.call('GET', `${pathOf(resource, options.namespace)}?${query.toString()}`)) as {
      metadata: { resourceVersion: string; continue?: string };
      items?: KubeObject[];
    };
    // the items of a list come without their type
    const items = (answer.items ?? []).map((item) => ({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind }));
    const next = answer.metadata.continue;
    return { resourceVersion: answer.metadata.resourceVersion, items, ...(next ? { continue: next } : {}) };
  }

  async *watch(resource: KubeResource, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: options.resourceVersion,
      timeoutSeconds: String(options.timeoutSeconds),
    });
    const path = `${pathOf(resource)}?${query.toString()}`;
    const response = await this.open('GET', path, { timeout: options.timeoutSeconds * 1000 + watchGraceMs, signal: options.signal });
    if (response.statusCode !== 200) throw errorOf(response.statusCode ?? 0, await readBody(response), `watching ${resource.resource}`);
    try {
      for await (const line of readLines(response, watchLineBytesMax)) {
        const event = JSON.parse(line) as { type: string; object: KubeObject & ApiStatus };
        if (event.type === 'ERROR')
          throw new KubeApiError(event.object.code ?? 500, `watching ${resource.resource}: ${event.object.message ?? 'the server ended the watch'}`);
        if (event.type === 'BOOKMARK') yield { type: 'bookmark', resourceVersion: event.object.metadata.resourceVersion ?? '' };
        else if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') yield { type: watchTypes[event.type], object: event.object };
      }
    } catch (error) {
      throw error instanceof KubeApiError ? error : new KubeApiError(0, `watching ${resource.resource}: the connection broke`, { cause: error });
    } finally {
      response.destroy();
    }
  }

  async get(resource: KubeResource, namespace: string | undefined, name: string): Promise<KubeObject> {
    return (await this.call('GET', `${pathOf(resource, namespace)}/${encodeURIComponent(name)}`)) as KubeObject;
  }

  async apply(resource: KubeResource, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const query = new URLSearchParams({ fieldManager: options.fieldManager, force: String(options.force) });
    const path = `${pathOf(resource, object.metadata.namespace)}/${encodeURIComponent(object.metadata.name)}?${query.toString()}`;
    // JSON is YAML: the apply content type takes it
    return (await this.call('PATCH', path, object, 'application/apply-patch+yaml')) as KubeObject;
  }

  async mergePatch(
    resource: KubeResource,
    namespace: string | undefined,
    name: string,
    patch: Readonly<Record<string, unknown>>,
    fieldManager: string,
  ): Promise<KubeObject> {
    const path = `${pathOf(resource, namespace)}/${encodeURIComponent(name)}?${new URLSearchParams({ fieldManager }).toString()}`;
    return (await this.call('PATCH', path, patch, 'application/merge-patch+json')) as KubeObject;
  }

  private async resourcesOf(group: string, version: string): Promise<KubeResource[]> {
    const answer = (await this.call('GET', `/apis/${group}/${version}`)) as {
      resources?: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
    };
    return (answer.resources ?? [])
      .filter(({ name, verbs }) => !name.includes('/') && verbs.includes('list') && verbs.includes('watch'))
      .map(({ name, kind, namespaced }) => ({ group, version, resource: name, kind, namespaced }));
  }

  private async call(method: string, path: string, body?: unknown, contentType?: string): Promise<unknown> {
    const doing = `${method} ${path.split('?')[0] ?? path}`;
    const signal = AbortSignal.timeout(callTimeoutMs);
    const response = await this.open(method, path, { timeout: callTimeoutMs, signal }, body === undefined ? undefined : JSON.stringify(body), contentType);
    let text: string;
    try {
      text = await readBody(response);
    } catch (error) {
      throw error instanceof KubeApiError ? error : new KubeApiError(0, `${doing}: the answer broke off`, { cause: error });
    }
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw errorOf(status, text, doing);
    return JSON.parse(text);
  }

  private async open(
    method: string,
    path: string,
    limits: { timeout: number; signal: AbortSignal },
    body?: string,
    contentType?: string,
  ): Promise<IncomingMessage> {
    const token = await this.credentials.token();
    const options: RequestOptions = {
      method,
      agent: this.agent,
      timeout: limits.timeout,
      signal: limits.signal,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
      },
    };
    const url = new URL(this.server.pathname.replace(/\/$/, '') + path, this.server);
    return new Promise((resolve, reject) => {
      const call = request(url, options, resolve);
      call.on('timeout', () => call.destroy(new Error('timed out')));
      call.on('error', (error) => reject(new KubeApiError(0, `${method} ${url.pathname}: ${error.message}`, { cause: error })));
      call.end(body);
    });
  }
}

const watchTypes = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

function pathOf(resource: KubeResource, namespace?: string): string {
  const base = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  return namespace === undefined ? `${base}/${resource.resource}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${resource.resource}`;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) {
      response.destroy();
      throw new KubeApiError(0, `the Kubernetes API answered with more than ${answerBytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function errorOf(status: number, body: string, doing: string): KubeApiError {
  let message = body.slice(0, 500);
  try {
    message = (JSON.parse(body) as ApiStatus).message ?? message;
  } catch {
    // a proxy in between answers with text: the start of it is the message
  }
  return new KubeApiError(status, `${doing}: ${message}`);
}

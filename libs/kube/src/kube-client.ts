import { FlotillaError } from '@flotilla/contracts';
import type { KubeAccess, KubeObject } from '@flotilla/domain';
import type { Outbound, OutboundRequest } from '@flotilla/outbound';
import { classifyKubeAnswer, classifyKubeFailure } from './kube-errors.js';

const kubeCallTimeoutMs = 20_000;
/** Most objects one `list` gives. */
const kubeListMax = 2_000;
const kubePageSize = 250;
const pollMs = 500;
const crdWaitMs = 60_000;

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What the API server gives back: an object with what it added. */
export interface LiveObject extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly uid?: string; readonly generation?: number; readonly resourceVersion?: string };
  readonly status?: unknown;
}

interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Kinds that others need before they can be applied, as flux applies them first. */
const firstStageKinds = new Set(['Namespace', 'CustomResourceDefinition', 'ClusterRole']);

/** One API server, called with the access of a vetted kubeconfig through the guarded client. Throws `kube-*` and `outbound-blocked`. */
export class KubeClient {
  private readonly http: Outbound;
  private readonly resources = new Map<string, Map<string, Resource>>();

  constructor(
    private readonly access: KubeAccess,
    outbound: Outbound,
  ) {
    const { clientCertificate } = access;
    this.http = outbound.withTls({ ca: access.ca, servername: access.tlsServerName, ...(clientCertificate === undefined ? {} : clientCertificate) });
  }

  /** Git version of the server, e.g. `v1.36.3`. */
  async version(): Promise<string> {
    const answer = (await this.call('reading the version', 'GET', '/version')) as { gitVersion?: unknown };
    if (typeof answer.gitVersion !== 'string')
      throw new FlotillaError('kube-unreachable', 'the server does not answer as a Kubernetes API; check the server address of the kubeconfig', {
        retryable: false,
      });
    return answer.gitVersion;
  }

  /** One object, null when there is none (or no such kind). */
  async get(ref: ObjectRef): Promise<LiveObject | null> {
    const path = await this.path(ref);
    if (path === null) return null;
    return (await this.callOrNull(`reading ${describe(ref)}`, 'GET', path)) as LiveObject | null;
  }

  /** Objects of a kind; empty when the kind does not exist. Over the bound it throws rather than leave some out. */
  async list(apiVersion: string, kind: string, options: { namespace?: string; labelSelector?: string } = {}): Promise<LiveObject[]> {
    const resource = await this.resource(apiVersion, kind);
    if (!resource) return [];
    const base = `${groupPath(apiVersion)}${options.namespace === undefined ? '' : `/namespaces/${options.namespace}`}/${resource.plural}`;
    const items: LiveObject[] = [];
    let next = '';
    do {
      const query = new URLSearchParams({
        limit: String(kubePageSize),
        ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
        ...(next === '' ? {} : { continue: next }),
      });
      const page = (await this.call(`listing ${kind}`, 'GET', `${base}?${query.toString()}`)) as { items?: LiveObject[]; metadata?: { continue?: string } };
      items.push(...(page.items ?? []));
      if (items.length > kubeListMax)
        throw new FlotillaError('kube-unreachable', `the cluster has more than ${kubeListMax} ${kind} objects`, { retryable: false });
      next = page.metadata?.continue ?? '';
    } while (next !== '');
    return items;
  }

  /** Server-side apply of one object. `force` takes fields over from other managers, as flux does. */
  async apply(object: KubeObject, options: { fieldManager: string; force: boolean }): Promise<LiveObject> {
    const path = await this.path({ apiVersion: object.apiVersion, kind: object.kind, namespace: object.metadata.namespace, name: object.metadata.name });
    if (path === null)
      throw new FlotillaError(
        'kube-invalid',
        `applying ${object.kind} ${object.metadata.name}: the cluster does not know ${object.apiVersion} ${object.kind}`,
        { retryable: false },
      );
    const query = new URLSearchParams({ fieldManager: options.fieldManager, force: String(options.force) });
    return (await this.call(`applying ${object.kind} ${object.metadata.name}`, 'PATCH', `${path}?${query.toString()}`, {
      // JSON is YAML
      body: JSON.stringify(object),
      headers: { 'content-type': 'application/apply-patch+yaml' },
    })) as LiveObject;
  }

  /** Applies many objects as flux does: Namespaces, CustomResourceDefinitions and ClusterRoles first, the rest once the definitions are established. */
  async applyAll(objects: readonly KubeObject[], options: { fieldManager: string; force: boolean }): Promise<void> {
    const first = objects.filter((object) => firstStageKinds.has(object.kind));
    for (const object of first) await this.apply(object, options);
    const definitions = first.filter((object) => object.kind === 'CustomResourceDefinition');
    if (definitions.length > 0) {
      await this.waitFor(
        async () => {
          const live = await this.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition');
          const established = new Set(live.filter(isEstablished).map((object) => object.metadata.name));
          return definitions.every((object) => established.has(object.metadata.name));
        },
        { timeoutMs: crdWaitMs, what: 'the custom resource definitions to be established' },
      );
      this.resources.clear();
    }
    for (const object of objects.filter((candidate) => !firstStageKinds.has(candidate.kind))) await this.apply(object, options);
  }

  /** Sets an annotation by a merge patch, as `flux reconcile` does. */
  async annotate(ref: ObjectRef, annotations: Record<string, string>, fieldManager: string): Promise<void> {
    const path = await this.path(ref);
    if (path === null) throw new FlotillaError('kube-invalid', `${describe(ref)}: the cluster does not know the kind`, { retryable: false });
    await this.call(`annotating ${describe(ref)}`, 'PATCH', `${path}?${new URLSearchParams({ fieldManager }).toString()}`, {
      body: JSON.stringify({ metadata: { annotations } }),
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  }

  /** Whether the credentials may do everything in the cluster. */
  async isClusterAdmin(): Promise<boolean> {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { group: '*', resource: '*', verb: '*' } },
    };
    const answer = (await this.call('asking for the rights', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body: JSON.stringify(review),
      headers: { 'content-type': 'application/json' },
    })) as { status?: { allowed?: unknown } };
    return answer.status?.allowed === true;
  }

  /** Polls until `done`; `kube-unreachable` when that takes too long. */
  async waitFor(done: () => Promise<boolean>, options: { timeoutMs: number; what: string }): Promise<void> {
    const deadline = Date.now() + options.timeoutMs;
    while (!(await done())) {
      if (Date.now() > deadline) throw new FlotillaError('kube-unreachable', `waited ${options.timeoutMs / 1000} s for ${options.what}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async path(ref: ObjectRef): Promise<string | null> {
    const resource = await this.resource(ref.apiVersion, ref.kind);
    if (!resource) return null;
    const namespace = resource.namespaced ? `/namespaces/${encodeURIComponent(ref.namespace ?? 'default')}` : '';
    return `${groupPath(ref.apiVersion)}${namespace}/${resource.plural}/${encodeURIComponent(ref.name)}`;
  }

  /** The resource of a kind, found by discovery and remembered; what is not found is asked for anew each time. */
  private async resource(apiVersion: string, kind: string): Promise<Resource | null> {
    const known = this.resources.get(apiVersion)?.get(kind);
    if (known) return known;
    const answer = (await this.callOrNull(`discovering ${apiVersion}`, 'GET', groupPath(apiVersion))) as {
      resources?: { name: string; kind: string; namespaced: boolean }[];
    } | null;
    const kinds = new Map(
      (answer?.resources ?? [])
        .filter(({ name }) => !name.includes('/'))
        .map((resource) => [resource.kind, { plural: resource.name, namespaced: resource.namespaced }]),
    );
    this.resources.set(apiVersion, kinds);
    return kinds.get(kind) ?? null;
  }

  private async call(action: string, method: string, path: string, more: OutboundRequest = {}): Promise<unknown> {
    const answer = await this.send(action, method, path, more);
    if (answer.status >= 300) throw classifyKubeAnswer(action, answer.status, answer.text());
    return answer.json();
  }

  private async callOrNull(action: string, method: string, path: string): Promise<unknown> {
    const answer = await this.send(action, method, path, {});
    if (answer.status === 404) return null;
    if (answer.status >= 300) throw classifyKubeAnswer(action, answer.status, answer.text());
    return answer.json();
  }

  private async send(action: string, method: string, path: string, more: OutboundRequest) {
    const authorization: Record<string, string> = this.access.token === undefined ? {} : { authorization: `Bearer ${this.access.token}` };
    try {
      return await this.http.request(`${this.access.server}${path}`, {
        timeoutMs: kubeCallTimeoutMs,
        redirectsMax: 0,
        ...more,
        method,
        headers: { accept: 'application/json', ...authorization, ...more.headers },
      });
    } catch (error) {
      throw classifyKubeFailure(action, error);
    }
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function describe(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

function isEstablished(object: LiveObject): boolean {
  const { conditions } = (object.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false;
}

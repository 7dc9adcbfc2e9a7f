/** A field manager's share of an object (`metadata.managedFields`). `fieldsV1` is Kubernetes' own tree of `f:name` keys. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

export interface KubeMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly ManagedFields[];
  readonly deletionTimestamp?: string;
}

/** Any object as the API serves it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** A served kind: where it is found and how it is named. `group` is '' for the core group. */
export interface KubeResource {
  readonly group: string;
  readonly version: string;
  /** plural name in the URL, e.g. `kustomizations` */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface KubeList {
  readonly resourceVersion: string;
  readonly items: readonly KubeObject[];
  /** token of the next page, absent on the last */
  readonly continue?: string;
}

/** `bookmark` carries only a newer resourceVersion. An expired version is thrown as KubeApiError with status 410. */
export type WatchEvent =
  { readonly type: 'added' | 'modified' | 'deleted'; readonly object: KubeObject } | { readonly type: 'bookmark'; readonly resourceVersion: string };

export interface ListOptions {
  readonly limit: number;
  readonly continue?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
}

export interface WatchOptions {
  /** events after this version */
  readonly resourceVersion: string;
  /** the server ends the watch after this long */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface ApplyOptions {
  readonly fieldManager: string;
  /** take fields over from other managers; without it a field owned by another is a conflict (409) */
  readonly force: boolean;
}

/**
 * The little of the Kubernetes API an agent needs. Every method throws KubeApiError, is bounded in time and in the size of what it reads.
 * The agent's adapter speaks HTTPS; the simulator serves the same port from memory.
 */
export interface KubeApi {
  /** SHA-256 of the API server's CA in hex, when it is known */
  readonly caFingerprint: string | undefined;
  /** server version, e.g. `v1.36.3` */
  version(): Promise<string>;
  /** the kinds of these API groups that can be listed and watched, each in the best version it is served in; groups that are not installed are left out */
  discover(groups: readonly string[]): Promise<KubeResource[]>;
  list(resource: KubeResource, options: ListOptions): Promise<KubeList>;
  watch(resource: KubeResource, options: WatchOptions): AsyncIterable<WatchEvent>;
  get(resource: KubeResource, namespace: string | undefined, name: string): Promise<KubeObject>;
  /** server-side apply; gives the object afterwards */
  apply(resource: KubeResource, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** JSON merge patch (RFC 7396); gives the object afterwards */
  mergePatch(
    resource: KubeResource,
    namespace: string | undefined,
    name: string,
    patch: Readonly<Record<string, unknown>>,
    fieldManager: string,
  ): Promise<KubeObject>;
}

/** `group/version`, or `version` for the core group. */
export function apiVersionOf(resource: Pick<KubeResource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** Built-in kinds the agent reads or writes without discovery. */
export const coreKinds = {
  namespaces: { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false },
  secrets: { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true },
  deployments: { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true },
} as const satisfies Record<string, KubeResource>;

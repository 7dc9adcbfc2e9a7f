import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  apiVersionOf,
  KubeApiError,
  type ApplyOptions,
  type KubeApi,
  type KubeList,
  type KubeMetadata,
  type KubeObject,
  type KubeResource,
  type ListOptions,
  type ManagedFields,
  type WatchEvent,
  type WatchOptions,
} from '@flotilla/agent-runtime';
import {
  fieldsOf,
  leavesOf,
  leavesOfManager,
  mergePatched,
  moveOwnership,
  overlap,
  ownedPart,
  pathText,
  withLeaf,
  withoutLeaf,
  withoutLeaves,
  type JsonMap,
} from './field-ownership.js';

/** Events a watch can go back to; an older version is "gone" (410) and has to be listed again. */
const eventsKept = 1000;

interface LoggedEvent {
  readonly version: number;
  readonly resource: string;
  readonly event: WatchEvent;
}

export interface VirtualKubeApiOptions {
  readonly kinds: readonly KubeResource[];
  readonly version: string;
  readonly now: () => Date;
}

/**
 * A Kubernetes API in memory: resource versions, list in pages, watch, generations, server-side apply with field ownership and conflicts,
 * merge patch with uid and version preconditions. Enough to run agents and a pretend Flux against; it validates no schema.
 */
export class VirtualKubeApi implements KubeApi {
  readonly caFingerprint = undefined;
  private readonly objects = new Map<string, Map<string, KubeObject>>();
  private readonly events: LoggedEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly listeners = new Set<(object: KubeObject, type: 'added' | 'modified' | 'deleted') => void>();
  private lastVersion = 0;

  constructor(private readonly options: VirtualKubeApiOptions) {}

  version(): Promise<string> {
    return Promise.resolve(this.options.version);
  }

  discover(groups: readonly string[]): Promise<KubeResource[]> {
    return Promise.resolve(this.options.kinds.filter(({ group }) => groups.includes(group)));
  }

  list(resource: KubeResource, options: ListOptions): Promise<KubeList> {
    const [labelKey = '', labelValue] = options.labelSelector?.split('=') ?? [];
    const all = this.all(resource)
      .filter(
        ({ metadata }) =>
          (options.namespace === undefined || metadata.namespace === options.namespace) && (labelKey === '' || metadata.labels?.[labelKey] === labelValue),
      )
      .sort((a, b) => (keyOf(a.metadata) < keyOf(b.metadata) ? -1 : 1));
    const start = Number(options.continue ?? 0);
    const items = all.slice(start, start + options.limit);
    const next = start + items.length;
    return Promise.resolve({ resourceVersion: String(this.lastVersion), items, ...(next < all.length ? { continue: String(next) } : {}) });
  }

  async *watch(resource: KubeResource, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const name = nameOf(resource);
    const deadline = Date.now() + options.timeoutSeconds * 1000;
    let version = Number(options.resourceVersion);
    while (!options.signal.aborted && Date.now() < deadline) {
      const oldest = this.events[0]?.version ?? 1;
      if (version + 1 < oldest) throw new KubeApiError(410, `watching ${resource.resource}: version ${version} is too old`);
      const fresh = this.events.filter((entry) => entry.version > version);
      for (const { event, resource: of } of fresh) if (of === name) yield event;
      version = fresh.at(-1)?.version ?? version;
      if (fresh.length > 0) yield { type: 'bookmark', resourceVersion: String(version) };
      if (version === this.lastVersion) await this.nextEvent(options.signal, deadline - Date.now());
    }
  }

  get(resource: KubeResource, namespace: string | undefined, name: string): Promise<KubeObject> {
    const found = this.find(resource, namespace, name);
    return found ? Promise.resolve(found) : Promise.reject(new KubeApiError(404, `${resource.resource} "${name}" not found`));
  }

  async apply(resource: KubeResource, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    return this.applyNow(resource, object, options);
  }

  async mergePatch(
    resource: KubeResource,
    namespace: string | undefined,
    name: string,
    patch: Readonly<Record<string, unknown>>,
    fieldManager: string,
  ): Promise<KubeObject> {
    const current = await this.get(resource, namespace, name);
    const { metadata = {}, ...rest } = patch as { metadata?: Partial<KubeMetadata> } & JsonMap;
    if (metadata.uid !== undefined && metadata.uid !== current.metadata.uid) {
      throw new KubeApiError(422, `${resource.kind} "${name}" is invalid: metadata.uid: Invalid value: "${metadata.uid}": field is immutable`);
    }
    if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== current.metadata.resourceVersion) {
      throw new KubeApiError(
        409,
        `Operation cannot be fulfilled on ${resource.resource} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    const { labels, annotations } = metadata;
    const owned: JsonMap = {
      ...rest,
      ...(labels || annotations ? { metadata: { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) } } : {}),
    };
    const before = ownedPart(current);
    const after = mergePatched(before, owned) as JsonMap;
    const old = leavesOf(before);
    const changed = [...leavesOf(after)].filter(([leaf, value]) => !isDeepStrictEqual(old.get(leaf), value)).map(([leaf]) => leaf);
    const kept = leavesOf(after);
    const removed = [...old.keys()].filter((leaf) => !kept.has(leaf));
    return this.store(resource, current, after, moveOwnership(current.metadata.managedFields ?? [], fieldManager, 'Update', changed, removed));
  }

  // what controllers and tests do directly

  /** As server-side apply, at once. */
  applyNow(resource: KubeResource, object: KubeObject, { fieldManager, force }: ApplyOptions): KubeObject {
    const { name, namespace, uid } = object.metadata;
    const current = this.find(resource, namespace, name);
    if (uid !== undefined && current?.metadata.uid !== uid)
      throw new KubeApiError(409, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current?.metadata.uid ?? ''}`);
    const applied = leavesOf(ownedPart(object));
    const managed = current?.metadata.managedFields ?? [];
    const others = managed.filter((entry) => !(entry.manager === fieldManager && entry.operation === 'Apply'));
    let tree = current ? ownedPart(current) : {};
    const values = leavesOf(tree);
    if (!force) {
      for (const [leaf, value] of applied) {
        const owner = others.find((entry) => [...leavesOfManager(entry)].some((owned) => overlap(owned, leaf)) && !isDeepStrictEqual(values.get(leaf), value));
        if (owner) throw new KubeApiError(409, `Apply failed with 1 conflict: conflict with "${owner.manager}": ${pathText(leaf)}`);
      }
    }
    const before = managed.find((entry) => entry.manager === fieldManager && entry.operation === 'Apply');
    for (const leaf of before ? leavesOfManager(before) : []) {
      if (!applied.has(leaf) && !others.some((entry) => leavesOfManager(entry).has(leaf))) tree = withoutLeaf(tree, leaf);
    }
    for (const [leaf, value] of applied) tree = withLeaf(tree, leaf, value);
    const taken = [...applied].filter(([leaf, value]) => !isDeepStrictEqual(values.get(leaf), value)).map(([leaf]) => leaf);
    const left = others.map((entry) => withoutLeaves(entry, taken)).filter((entry) => entry !== undefined);
    const mine: ManagedFields[] = applied.size === 0 ? [] : [{ manager: fieldManager, operation: 'Apply', fieldsV1: fieldsOf(applied.keys()) }];
    return this.store(resource, current ?? this.fresh(resource, name, namespace), tree, [...left, ...mine]);
  }

  /** Replaces the status of an object, as its controller does. The same status again is no event. */
  setStatus(resource: KubeResource, object: KubeObject, status: Readonly<Record<string, unknown>>): KubeObject {
    const current = this.find(resource, object.metadata.namespace, object.metadata.name) ?? object;
    if (isDeepStrictEqual(current.status, status)) return current;
    return this.put(resource, { ...current, status }, 'modified');
  }

  delete(resource: KubeResource, namespace: string | undefined, name: string): void {
    const found = this.find(resource, namespace, name);
    if (!found) return;
    this.objects.get(nameOf(resource))?.delete(keyOf(found.metadata));
    this.log(resource, 'deleted', found);
  }

  find(resource: KubeResource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.objects.get(nameOf(resource))?.get(keyOf({ name, ...(namespace === undefined ? {} : { namespace }) }));
  }

  all(resource: KubeResource): KubeObject[] {
    return [...(this.objects.get(nameOf(resource))?.values() ?? [])];
  }

  /** All objects as a JSON text, from which `restore` makes the same cluster again. */
  save(): string {
    return JSON.stringify({ version: this.lastVersion, objects: [...this.objects].map(([resource, objects]) => [resource, [...objects.values()]]) });
  }

  /** Takes over what `save` gave, before anything else is done. Versions go on from there; older watches have to list again. */
  restore(text: string): void {
    const saved = JSON.parse(text) as { version: number; objects: [string, KubeObject[]][] };
    for (const [resource, objects] of saved.objects) this.objects.set(resource, new Map(objects.map((object) => [keyOf(object.metadata), object])));
    this.lastVersion = saved.version;
    this.compact();
  }

  /** Calls back after every change. */
  onChange(listener: (object: KubeObject, type: 'added' | 'modified' | 'deleted') => void): void {
    this.listeners.add(listener);
  }

  /** Forgets the events so far, as an API server that was compacted: every watch of an older version has to list again. */
  compact(): void {
    this.lastVersion += 1;
    this.events.splice(0, this.events.length, {
      version: this.lastVersion,
      resource: '',
      event: { type: 'bookmark', resourceVersion: String(this.lastVersion) },
    });
    this.wake();
  }

  private fresh(resource: KubeResource, name: string, namespace: string | undefined): KubeObject {
    const metadata = {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      creationTimestamp: this.options.now().toISOString(),
      generation: 0,
      resourceVersion: '',
    };
    return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  }

  private store(resource: KubeResource, current: KubeObject, tree: JsonMap, managedFields: readonly ManagedFields[]): KubeObject {
    const created = current.metadata.resourceVersion === '';
    const {
      metadata: owned = {},
      spec,
      data,
    } = tree as { metadata?: Pick<KubeMetadata, 'labels' | 'annotations'>; spec?: JsonMap; data?: Record<string, string> };
    const { labels: _labels, annotations: _annotations, ...identity } = current.metadata;
    const generation = (identity.generation ?? 0) + (created || !isDeepStrictEqual(spec, current.spec) ? 1 : 0);
    const next: KubeObject = {
      apiVersion: current.apiVersion,
      kind: current.kind,
      metadata: {
        ...identity,
        generation,
        managedFields,
        ...(owned.labels ? { labels: owned.labels } : {}),
        ...(owned.annotations ? { annotations: owned.annotations } : {}),
      },
      ...(spec ? { spec } : {}),
      ...(data ? { data } : {}),
      ...(current.status ? { status: current.status } : {}),
    };
    // writing what is there already makes no new version
    return !created && isDeepStrictEqual(next, current) ? current : this.put(resource, next, created ? 'added' : 'modified');
  }

  private put(resource: KubeResource, object: KubeObject, type: 'added' | 'modified'): KubeObject {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.lastVersion + 1) } };
    const name = nameOf(resource);
    const objects = this.objects.get(name) ?? new Map<string, KubeObject>();
    this.objects.set(name, objects);
    objects.set(keyOf(stored.metadata), stored);
    this.log(resource, type, stored);
    return stored;
  }

  private log(resource: KubeResource, type: 'added' | 'modified' | 'deleted', object: KubeObject): void {
    this.lastVersion += 1;
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.lastVersion) } };
    this.events.push({ version: this.lastVersion, resource: nameOf(resource), event: { type, object: versioned } });
    if (this.events.length > eventsKept) this.events.shift();
    this.wake();
    for (const listener of this.listeners) listener(versioned, type);
  }

  private wake(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }

  private async nextEvent(signal: AbortSignal, ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }
}

function nameOf(resource: KubeResource): string {
  return `${resource.group}/${resource.resource}`;
}

function keyOf(metadata: Pick<KubeMetadata, 'name' | 'namespace'>): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

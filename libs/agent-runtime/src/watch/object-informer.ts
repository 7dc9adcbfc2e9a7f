import { objectKeyText, type ObjectKey } from '@flotilla/contracts/agent';
import { errorText, type AgentLogger } from '../agent-logger.js';
import { backoffMs } from '../connection/backoff.js';
import type { KubeApi, KubeObject, KubeResource } from '../kube/kube-api.js';
import { KubeApiError } from '../kube/kube-api-error.js';
import { jittered, pause } from '../pause.js';

/** Objects asked for per page of a list: keeps the agent's memory flat on large clusters. */
const pageSize = 250;
/** Objects of one kind an agent follows. */
const objectsPerKindMax = 20_000;
const watchSeconds = 300;

export interface ObjectSink {
  /** an object as it is now */
  seen(object: KubeObject): void;
  gone(key: ObjectKey): void;
}

export interface InformerTiming {
  readonly random: () => number;
  /** multiplies the waits after errors; below 1 in tests only */
  readonly backoffScale: number;
}

/** Follows all objects of one kind: lists, then watches from the list's version, and lists again when the server has forgotten that version. */
export class ObjectInformer {
  private readonly keys = new Map<string, ObjectKey>();
  private readonly synced: Promise<void>;
  private markSynced: () => void = () => undefined;

  constructor(
    private readonly api: KubeApi,
    readonly resource: KubeResource,
    private readonly sink: ObjectSink,
    private readonly log: AgentLogger,
    private readonly timing: InformerTiming,
  ) {
    this.synced = new Promise((resolve) => {
      this.markSynced = resolve;
    });
  }

  /** Resolves when the kind was listed in full once, or when the agent turned out not to be allowed to list it. */
  whenSynced(): Promise<void> {
    return this.synced;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let version: string | undefined;
    while (!signal.aborted) {
      try {
        version ??= await this.list();
        this.markSynced();
        version = await this.watch(version, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        const expired = error instanceof KubeApiError && error.status === 410;
        // a broken watch may have lost events after its last version, never before it; anything else is listed anew
        if (!(error instanceof KubeApiError && error.retryable)) version = undefined;
        if (expired) continue;
        if (error instanceof KubeApiError && (error.status === 403 || error.status === 404)) this.markSynced();
        failures += 1;
        this.log.warn(this.remedyFor(error), { kind: this.resource.kind, failures, error: errorText(error) });
        await pause(backoffMs(failures, this.timing.random) * this.timing.backoffScale, signal);
      }
    }
  }

  private remedyFor(error: unknown): string {
    const { group, resource } = this.resource;
    if (error instanceof KubeApiError && error.status === 403)
      return `following a kind failed: the agent may not get, list and watch ${resource}.${group}; apply the join manifest of this version again, which grants it`;
    return 'following a kind failed; it is tried again; when this stays, see whether the API server answers the agent';
  }

  /** Forgets the kind: its objects are gone with it. */
  drop(): void {
    for (const key of this.keys.values()) this.sink.gone(key);
    this.keys.clear();
  }

  private async list(): Promise<string> {
    const found = new Set<string>();
    let next: string | undefined;
    let version = '';
    do {
      const page = await this.api.list(this.resource, { limit: pageSize, ...(next === undefined ? {} : { continue: next }) });
      for (const object of page.items) found.add(this.see(object));
      if (found.size > objectsPerKindMax) throw new Error(`the cluster holds more than ${objectsPerKindMax} ${this.resource.resource}`);
      version = page.resourceVersion;
      next = page.continue;
    } while (next !== undefined);
    for (const [text, key] of this.keys) if (!found.has(text)) this.forget(text, key);
    return version;
  }

  /** Gives the version to go on from. */
  private async watch(from: string, signal: AbortSignal): Promise<string> {
    let version = from;
    let progressed = false;
    const timeoutSeconds = jittered(watchSeconds, 0.3, this.timing.random);
    try {
      for await (const event of this.api.watch(this.resource, { resourceVersion: from, timeoutSeconds, signal })) {
        progressed = true;
        if (event.type === 'bookmark') {
          version = event.resourceVersion;
          continue;
        }
        version = event.object.metadata.resourceVersion ?? version;
        if (event.type === 'deleted') this.forget(objectKeyText(keyOf(event.object)), keyOf(event.object));
        else this.see(event.object);
      }
    } catch (error) {
      if (!(progressed && error instanceof KubeApiError && error.status === 0)) throw error;
      // the connection broke: the watch goes on from the last event
      await pause(backoffMs(0, this.timing.random) * this.timing.backoffScale, signal);
    }
    return version;
  }

  private see(object: KubeObject): string {
    const key = keyOf(object);
    const text = objectKeyText(key);
    this.keys.set(text, key);
    this.sink.seen(object);
    return text;
  }

  private forget(text: string, key: ObjectKey): void {
    this.keys.delete(text);
    this.sink.gone(key);
  }
}

function keyOf(object: KubeObject): ObjectKey {
  return { kind: object.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

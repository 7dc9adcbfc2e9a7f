import { errorText, type AgentLogger } from '../agent-logger.js';
import { apiVersionOf, type KubeApi, type KubeResource } from '../kube/kube-api.js';
import { backoffMs } from '../connection/backoff.js';
import { pause } from '../pause.js';
import { isWatched, watchedGroups } from './flux-groups.js';
import { ObjectInformer, type InformerTiming, type ObjectSink } from './object-informer.js';

export interface InformerSetTiming extends InformerTiming {
  /** how often discovery looks for kinds that came or went */
  readonly rediscoverMs: number;
}

interface Running {
  readonly informer: ObjectInformer;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** One informer per installed kind. Kinds are found by discovery, again and again: Flux may be installed, upgraded or removed while the agent runs. */
export class InformerSet {
  private readonly running = new Map<string, Running>();
  private resources: readonly KubeResource[] = [];

  constructor(
    private readonly api: KubeApi,
    private readonly sink: ObjectSink,
    private readonly log: AgentLogger,
    private readonly timing: InformerSetTiming,
  ) {}

  /** The served resource of a kind that is followed, e.g. of `Kustomization`. */
  resourceOf(kind: string): KubeResource | undefined {
    return this.resources.find((resource) => resource.kind === kind);
  }

  /** Runs until `signal` aborts; `synced` is called once, when every kind of the first discovery was listed. */
  async run(signal: AbortSignal, synced: () => void): Promise<void> {
    let failures = 0;
    let first = true;
    while (!signal.aborted) {
      try {
        this.adjust(await this.api.discover(watchedGroups), signal);
        failures = 0;
        if (first) {
          first = false;
          void Promise.all([...this.running.values()].map(({ informer }) => informer.whenSynced())).then(synced);
        }
        await pause(this.timing.rediscoverMs, signal);
      } catch (error) {
        failures += 1;
        this.log.warn('discovering the installed kinds failed', { failures, error: errorText(error) });
        await pause(backoffMs(failures, this.timing.random) * this.timing.backoffScale, signal);
      }
    }
    await Promise.all([...this.running.values()].map(({ done }) => done));
  }

  private adjust(discovered: readonly KubeResource[], signal: AbortSignal): void {
    this.resources = discovered.filter(isWatched);
    const wanted = new Map(this.resources.map((resource) => [`${apiVersionOf(resource)}/${resource.resource}`, resource]));
    for (const [key, { informer, stop }] of this.running) {
      if (wanted.has(key)) continue;
      this.log.info('a kind is gone', { kind: informer.resource.kind });
      stop.abort();
      this.running.delete(key);
      // another version of the same kind goes on reporting the same objects
      if (!this.resourceOf(informer.resource.kind)) informer.drop();
    }
    for (const [key, resource] of wanted) {
      if (this.running.has(key)) continue;
      this.log.info('following a kind', { kind: resource.kind, apiVersion: apiVersionOf(resource) });
      const stop = new AbortController();
      const informer = new ObjectInformer(this.api, resource, this.sink, this.log, this.timing);
      this.running.set(key, { informer, stop, done: informer.run(AbortSignal.any([signal, stop.signal])) });
    }
  }
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RigCluster } from './cluster.js';
import { freePort } from './ports.js';
import { rigProgram } from './rig-folder.js';
import type { RigProcess, RigRun } from './rig-run.js';
import { waitFor } from './wait-for.js';

const FLUX_CONTROLLERS = ['notification-controller', 'source-controller', 'kustomize-controller', 'helm-controller'] as const;
export type FluxControllerName = (typeof FLUX_CONTROLLERS)[number];

const POLL_MS = 500;
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 5_000;
const PROBE_TIMEOUT_MS = 2_000;
const FLUX_SELECTOR = encodeURIComponent('app.kubernetes.io/part-of=flux');

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly serviceAccountName?: string; readonly containers: readonly { readonly args?: readonly string[] }[] };
    };
  };
}

interface CustomResourceDefinition {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface List<T> {
  readonly items: readonly T[];
}

interface RunningController {
  readonly process: RigProcess;
  /** The pod template it was started from: another one means a new pod, so a restart. */
  readonly template: string;
}

/** Ports of the four controllers, the same for a cluster's whole life: artifact URLs in statuses name them. */
interface FluxPorts {
  readonly artifacts: number;
  readonly events: number;
  readonly receivers: number;
  readonly health: Readonly<Record<FluxControllerName, number>>;
}

function isControllerName(name: string): name is FluxControllerName {
  return (FLUX_CONTROLLERS as readonly string[]).includes(name);
}

/** What differs on one host from a pod's network and volumes; appended to the Deployment's own arguments, so it wins. */
function localArguments(name: FluxControllerName, ports: FluxPorts, folder: string): string[] {
  const common = ['--enable-leader-election=false', '--metrics-addr=0', `--health-addr=127.0.0.1:${ports.health[name]}`];
  const artifacts = `127.0.0.1:${ports.artifacts}`;
  const eventsTarget = `--events-addr=http://127.0.0.1:${ports.events}/`;
  switch (name) {
    case 'notification-controller':
      return [...common, `--events-addr=127.0.0.1:${ports.events}`, `--receiverAddr=127.0.0.1:${ports.receivers}`, '--rate-limit-interval=1s'];
    case 'source-controller':
      return [...common, eventsTarget, `--storage-path=${folder}`, `--storage-addr=${artifacts}`, `--storage-adv-addr=${artifacts}`];
    case 'kustomize-controller':
    case 'helm-controller':
      // Ten-second steps between dependent objects would only slow tests down.
      return [...common, eventsTarget, '--requeue-dependency=2s'];
  }
}

function answersOk(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const call = get({ host: '127.0.0.1', port, path, timeout: PROBE_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(false));
  });
}

/**
 * The Flux controllers of one cluster as local processes that follow their Deployments as a kubelet would: one runs while
 * its Deployment wants a replica, as its ServiceAccount and with its arguments; a changed pod template or a death restarts it.
 */
export class FluxControllers {
  private readonly cluster: RigCluster;
  private readonly run: RigRun;
  private readonly ports: FluxPorts;
  private readonly running = new Map<FluxControllerName, RunningController>();
  private readonly following: Promise<void>;
  private stopped = false;
  private lastFailure: unknown;

  private constructor(cluster: RigCluster, run: RigRun, ports: FluxPorts) {
    this.cluster = cluster;
    this.run = run;
    this.ports = ports;
    this.following = this.follow();
  }

  static async start(cluster: RigCluster, run: RigRun): Promise<FluxControllers> {
    const health = {} as Record<FluxControllerName, number>;
    for (const name of FLUX_CONTROLLERS) health[name] = await freePort();
    const ports = { artifacts: await freePort(), events: await freePort(), receivers: await freePort(), health };
    mkdirSync(join(cluster.folder, 'artifacts'), { recursive: true });
    return new FluxControllers(cluster, run, ports);
  }

  /** URL of notification-controller's receivers, to which a Receiver's `status.webhookPath` is appended. */
  get receiverUrl(): string {
    return `http://127.0.0.1:${this.ports.receivers}`;
  }

  /** A controller's present process, for faults. It is started again when it ends. */
  process(name: FluxControllerName): RigProcess | undefined {
    return this.running.get(name)?.process;
  }

  /** The pod template's arguments that a running controller was started with. */
  runningArguments(name: FluxControllerName): readonly string[] {
    const running = this.running.get(name);
    return running === undefined ? [] : ((JSON.parse(running.template) as { args: string[] }).args ?? []);
  }

  /** Waits until all four controllers run and say they are ready. */
  async ready(): Promise<void> {
    await waitFor(
      `the Flux controllers of ${this.cluster.name}`,
      async () => {
        for (const name of FLUX_CONTROLLERS) {
          if (!this.running.has(name)) {
            if (this.lastFailure !== undefined) throw this.lastFailure;
            return false;
          }
          if (!(await answersOk(this.ports.health[name], '/readyz'))) return false;
        }
        return true;
      },
      { timeoutMs: READY_TIMEOUT_MS, everyMs: 200 },
    );
  }

  /** Stops following and ends the controllers. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.following;
    await Promise.all([...this.running.values()].map(({ process }) => process.stop(STOP_TIMEOUT_MS)));
    this.running.clear();
  }

  private async follow(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.followOnce();
        this.lastFailure = undefined;
      } catch (error) {
        // The API server may be down or stopped by a test; a kubelet would also just try again.
        this.lastFailure = error;
      }
      await delay(POLL_MS);
    }
  }

  private async followOnce(): Promise<void> {
    const deployments = await this.list<Deployment>(`/apis/apps/v1/deployments?labelSelector=${FLUX_SELECTOR}`);
    const wanted = new Map(deployments.filter(({ spec }) => (spec.replicas ?? 1) > 0).map((deployment) => [deployment.metadata.name, deployment]));
    for (const [name, { process }] of this.running) {
      if (wanted.has(name)) continue;
      await process.stop(STOP_TIMEOUT_MS);
      this.running.delete(name);
    }
    if (wanted.size === 0 || !(await this.areDefinitionsEstablished())) return;
    for (const name of FLUX_CONTROLLERS) {
      const deployment = wanted.get(name);
      if (deployment !== undefined && !this.stopped) await this.ensureRunning(name, deployment);
    }
    for (const name of wanted.keys()) {
      if (!isControllerName(name)) throw new Error(`cluster ${this.cluster.name} has a Flux component that the rig does not run: ${name}`);
    }
  }

  private async ensureRunning(name: FluxControllerName, { metadata, spec }: Deployment): Promise<void> {
    const args = spec.template.spec.containers[0]?.args ?? [];
    const template = JSON.stringify({ args, annotations: spec.template.metadata.annotations });
    const present = this.running.get(name);
    if (present?.template === template && present.process.isRunning) return;
    await present?.process.stop(STOP_TIMEOUT_MS);
    const kubeconfigFile = join(this.cluster.folder, `${name}.kubeconfig`);
    const kubeconfig = await this.cluster.kubeconfigFor(metadata.namespace, spec.template.spec.serviceAccountName ?? 'default');
    writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
    const process = this.run.spawn(
      `${this.cluster.name}/${name}`,
      rigProgram(name),
      [...args, ...localArguments(name, this.ports, join(this.cluster.folder, 'artifacts'))],
      {
        log: join(this.cluster.folder, 'log', name),
        env: {
          PATH: globalThis.process.env['PATH'],
          HOME: this.cluster.folder,
          TMPDIR: this.cluster.folder,
          KUBECONFIG: kubeconfigFile,
          RUNTIME_NAMESPACE: metadata.namespace,
          SOURCE_CONTROLLER_LOCALHOST: `127.0.0.1:${this.ports.artifacts}`,
        },
      },
    );
    this.running.set(name, { process, template });
  }

  private async areDefinitionsEstablished(): Promise<boolean> {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions?labelSelector=${FLUX_SELECTOR}`;
    const definitions = await this.list<CustomResourceDefinition>(path);
    return (
      definitions.length > 0 &&
      definitions.every(({ status }) => status?.conditions?.some(({ type, status: state }) => type === 'Established' && state === 'True'))
    );
  }

  private async list<T>(path: string): Promise<readonly T[]> {
    const { items } = JSON.parse(await this.cluster.api.get(path)) as List<T>;
    return items;
  }
}

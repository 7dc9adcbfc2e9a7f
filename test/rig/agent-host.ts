import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RigCluster } from './cluster.js';
import { rigRun, type RigProcess, type RigRun } from './rig-run.js';
import { waitFor } from './wait-for.js';

/** Names that the agent's manifest gives its objects. */
interface AgentObjects {
  readonly namespace: string;
  readonly deployment: string;
  readonly serviceAccount: string;
  readonly joinSecret: string;
}

export interface AgentHostOptions {
  readonly cluster: RigCluster;
  /** The agent's program, run by this Node. */
  readonly program: string;
  readonly objects: AgentObjects;
}

const POLL_MS = 500;
const START_TIMEOUT_MS = 120_000;

interface Deployment {
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly env?: readonly { readonly name: string; readonly value?: string }[] }[] } };
  };
}

interface Secret {
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * Does for the agent's Deployment what a kubelet would: runs its program as a local process while the Deployment and the join Secret are
 * in the cluster, with exactly the ServiceAccount's token and with the Secret as files, and starts it again when it ends.
 */
export class AgentHost {
  private readonly options: AgentHostOptions;
  private readonly run: RigRun;
  private readonly folder: string;
  private readonly following: Promise<void>;
  private current: { readonly process: RigProcess; readonly template: string } | undefined;
  private paused = false;
  private stopped = false;
  private lastFailure: unknown;

  private constructor(options: AgentHostOptions, run: RigRun) {
    this.options = options;
    this.run = run;
    this.folder = join(options.cluster.folder, 'agent');
    for (const part of ['join', 'identity']) mkdirSync(join(this.folder, part), { recursive: true });
    this.following = this.follow();
  }

  static async start(options: AgentHostOptions): Promise<AgentHost> {
    return new AgentHost(options, await rigRun());
  }

  /** The agent's present process, for faults. It is started again when it ends. */
  get process(): RigProcess | undefined {
    return this.current?.process;
  }

  /** Waits until the agent's program runs. */
  running(): Promise<RigProcess> {
    return waitFor(
      `the agent of ${this.options.cluster.name}`,
      () => {
        if (this.current === undefined && this.lastFailure !== undefined) throw this.lastFailure;
        return this.current?.process;
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  /** Keeps an agent that ended from being started, until called with false. */
  pause(paused: boolean): void {
    this.paused = paused;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.following;
    await this.current?.process.stop();
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
    const { cluster, objects, program } = this.options;
    const deployment = await cluster.api.find<Deployment>(`/apis/apps/v1/namespaces/${objects.namespace}/deployments/${objects.deployment}`);
    const secret = await cluster.api.find<Secret>(`/api/v1/namespaces/${objects.namespace}/secrets/${objects.joinSecret}`);
    if (deployment === undefined || secret === undefined || (deployment.spec.replicas ?? 1) === 0) {
      await this.current?.process.stop();
      this.current = undefined;
      return;
    }
    const template = JSON.stringify(deployment.spec.template);
    if (this.paused || (this.current?.template === template && this.current.process.isRunning)) return;
    await this.current?.process.stop();
    for (const [name, value] of Object.entries(secret.data ?? {}))
      writeFileSync(join(this.folder, 'join', name), Buffer.from(value, 'base64'), { mode: 0o600 });
    const kubeconfig = join(this.folder, 'kubeconfig');
    writeFileSync(kubeconfig, await cluster.kubeconfigFor(objects.namespace, objects.serviceAccount), { mode: 0o600 });
    const declared = Object.fromEntries((deployment.spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value ?? '']));
    const process = this.run.spawn(`${cluster.name}/agent`, globalThis.process.execPath, [program], {
      log: join(cluster.folder, 'log', 'agent'),
      env: {
        ...declared,
        PATH: globalThis.process.env['PATH'],
        FLOTILLA_KUBECONFIG: kubeconfig,
        FLOTILLA_JOIN_DIR: join(this.folder, 'join'),
        FLOTILLA_AGENT_IDENTITY_DIR: join(this.folder, 'identity'),
      },
    });
    this.current = { process, template };
  }
}

import { once } from 'node:events';
import type { AgentFacts, AgentMessage, HubMessage, ObjectKey, ObjectStatus } from '@flotilla/contracts';
import WebSocket from 'ws';

const waitMs = 10_000;
export const someFacts: AgentFacts = { agentVersion: '0.1.0', kubernetesVersion: 'v1.32.0', fluxVersion: 'v2.7.0', clusterUid: 'uid', readOnly: false };

type Outgoing = AgentMessage extends infer M ? (M extends unknown ? Omit<M, 'v'> : never) : never;

/** An agent's side of the stream, by hand: says exactly what a test tells it to, in whatever order. */
export class FakeAgent {
  readonly received: HubMessage[] = [];
  private waiting: (() => void)[] = [];
  private sequence = 0;
  closeCode: number | null = null;

  private constructor(
    readonly socket: WebSocket,
    readonly clusterId: string,
    readonly epoch: string,
  ) {
    socket.on('message', (data: Buffer) => {
      this.received.push(JSON.parse(data.toString('utf8')) as HubMessage);
      this.wake();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  /** Opens the socket; says nothing yet. */
  static async dial(url: string, clusterId: string, options: { assertion?: string; epoch?: string } = {}): Promise<FakeAgent> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/agent/v1/stream`, {
      headers: { authorization: `Bearer ${options.assertion ?? `${clusterId}.1`}` },
    });
    const agent = new FakeAgent(socket, clusterId, options.epoch ?? crypto.randomUUID());
    await once(socket, 'open');
    return agent;
  }

  /** Opens the socket and says hello; gives the agent once it is welcome. */
  static async connect(
    url: string,
    clusterId: string,
    options: { assertion?: string; epoch?: string; sequence?: number; digest?: string; incarnation?: number; clusterUid?: string } = {},
  ): Promise<FakeAgent> {
    const agent = await FakeAgent.dial(url, clusterId, options);
    agent.hello(options);
    const { resumeAfter } = await agent.next('welcome');
    agent.sequence = resumeAfter;
    return agent;
  }

  hello(options: { sequence?: number; digest?: string; incarnation?: number; clusterUid?: string } = {}): void {
    this.send({
      type: 'hello',
      protocol: 1,
      clusterId: this.clusterId,
      incarnation: options.incarnation ?? 1,
      epoch: this.epoch,
      sequence: options.sequence ?? 0,
      digest: options.digest ?? 'unknown',
      clock: new Date().toISOString(),
      facts: { ...someFacts, clusterUid: options.clusterUid ?? someFacts.clusterUid },
    });
  }

  send(message: Outgoing): void {
    this.raw(JSON.stringify({ v: 1, ...message }));
  }

  raw(text: string | Buffer): void {
    this.socket.send(text);
  }

  /** Sends a whole snapshot in one frame; gives its number. */
  snapshot(objects: ObjectStatus[], over: { sequence?: number; start?: boolean; end?: boolean } = {}): number {
    this.sequence = over.sequence ?? this.sequence + 1;
    this.send({ type: 'snapshot', epoch: this.epoch, sequence: this.sequence, objects, start: over.start ?? true, end: over.end ?? true });
    return this.sequence;
  }

  deltas(upserts: ObjectStatus[], deletes: ObjectKey[] = [], sequence = this.sequence + 1): number {
    this.sequence = sequence;
    this.send({ type: 'deltas', epoch: this.epoch, sequence, upserts, deletes });
    return sequence;
  }

  heartbeat(): void {
    this.send({ type: 'heartbeat', clock: new Date().toISOString() });
  }

  /** The next message of a type, not seen by `next` before. */
  async next<T extends HubMessage['type']>(type: T): Promise<Extract<HubMessage, { type: T }>> {
    const found = await this.until(() => {
      const index = this.received.findIndex((message) => message.type === type);
      return index === -1 ? undefined : this.received.splice(index, 1)[0];
    }, `a message ${type}`);
    return found as Extract<HubMessage, { type: T }>;
  }

  /** Waits until the hub acked `sequence`. */
  async acked(sequence: number): Promise<void> {
    await this.until(() => this.received.some((message) => message.type === 'ack' && message.sequence >= sequence) || undefined, `the ack of ${sequence}`);
  }

  async closed(): Promise<number> {
    return this.until(() => this.closeCode ?? undefined, 'the end of the socket');
  }

  close(): void {
    this.socket.terminate();
  }

  private async until<T>(check: () => T | undefined, what: string): Promise<T> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const found = check();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`waited in vain for ${what}; got ${JSON.stringify(this.received).slice(0, 500)}, close code ${this.closeCode}`);
      await Promise.race([new Promise<void>((resolve) => this.waiting.push(resolve)), new Promise((resolve) => setTimeout(resolve, left))]);
    }
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

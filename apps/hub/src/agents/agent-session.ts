import { type AgentFacts, type AgentMessage, type CloseCode, heartbeatSeconds, type HubMessage, protocolVersion } from '@flotilla/contracts';
import { ClusterStream, ClusterView, type VerifiedAgent } from '@flotilla/fleet/agents';
import type { AgentFrame } from './agent-frame.js';
import type { SessionServices } from './session-services.js';

type Hello = Extract<AgentMessage, { type: 'hello' }>;
type Outgoing = HubMessage extends infer M ? (M extends unknown ? Omit<M, 'v' | 'channel'> : never) : never;

/** Frames an agent sends ahead of acks: further apart than this, the hub has lost what it once acked (a restored backup). */
const framesInFlightMax = 8;

/** The wire under a session. */
export interface SessionWire {
  send(message: HubMessage): void;
  /** ends the session: tells why, and leaves the socket when nothing else uses it */
  close(session: AgentSession, code: CloseCode, reason: string, retryAfterMs: number): void;
}

/** One cluster's stream over one connection, from its hello on. */
export class AgentSession {
  private facts: string;
  private contested: boolean;
  private ended = false;
  readonly stream: ClusterStream;

  private constructor(
    readonly agent: VerifiedAgent,
    readonly channel: string | undefined,
    private readonly services: SessionServices,
    private readonly wire: SessionWire,
    hello: Hello,
    claimed: { generation: number; contested: boolean },
    view: ClusterView,
    resume: { sequence: number; awaitSnapshot: boolean },
  ) {
    this.facts = stableFacts(hello.facts);
    this.contested = claimed.contested;
    this.stream = new ClusterStream(
      { clusterId: agent.clusterId, generation: claimed.generation, incarnation: agent.incarnation },
      hello.epoch,
      view,
      {
        committed: (sequence) => this.send({ type: 'ack', epoch: hello.epoch, sequence }),
        fenced: () => this.close('fenced', 'a newer connection of this cluster took over', fencedRetryMs),
        failed: () => this.close('malformed', 'what was sent could not be stored; see the log of the hub', refusedRetryMs),
      },
      resume,
    );
  }

  /**
   * Takes over the cluster for this connection and welcomes the agent. It goes on where the stored frames end, or with a snapshot when the epoch is new,
   * the stored state is not whole, or the hub lost frames it had acked. Null: the cluster is not known any more.
   */
  static async open(hello: Hello, agent: VerifiedAgent, services: SessionServices, wire: SessionWire): Promise<AgentSession | null> {
    const claimed = await services.connections.claim(agent.clusterId, { replica: services.replica, epoch: hello.epoch, facts: hello.facts });
    if (!claimed) return null;
    const stored = await services.connections.load(agent.clusterId);
    const view = new ClusterView(agent.clusterId);
    view.load(stored.statuses, stored.intervals);
    const lag = hello.sequence - claimed.sequence;
    const resumes = claimed.epoch === hello.epoch && hello.digest !== '' && lag >= 0 && (lag <= framesInFlightMax || hello.digest === view.digest());
    const sequence = claimed.epoch === hello.epoch ? Math.min(claimed.sequence, hello.sequence) : 0;
    const session = new AgentSession(agent, hello.channel, services, wire, hello, claimed, view, { sequence, awaitSnapshot: !resumes });
    session.send({
      type: 'welcome',
      snapshot: !resumes,
      resumeAfter: sequence,
      serverTime: new Date().toISOString(),
      settings: { heartbeatSeconds, commandKeys: await services.authority.commandKeys() },
    });
    services.changes.publish('agents', [agent.clusterId]);
    services.changes.publish('clusters', [agent.clusterId]);
    return session;
  }

  get clusterId(): string {
    return this.agent.clusterId;
  }
  get generation(): number {
    return this.stream.owner.generation;
  }
  get isContested(): boolean {
    return this.contested;
  }

  /** Handles one message, in order. */
  async take(frame: Exclude<AgentFrame, { type: 'hello' }>): Promise<void> {
    if (this.ended) return;
    switch (frame.type) {
      case 'snapshot':
      case 'deltas':
        return this.takeData(frame);
      case 'digest':
        if (!this.stream.compare(frame.digest, frame.sequence)) this.requestSnapshot('the digests differ');
        else this.services.ingest.touch(this.stream);
        return;
      case 'heartbeat':
        this.services.ingest.touch(this.stream);
        if (frame.facts) await this.takeFacts(frame.facts);
        if (this.contested && (await this.services.connections.settleContest(this.stream.owner))) this.becameContested(false);
        return;
      case 'command.result':
        this.services.ingest.touch(this.stream);
        return this.services.commands.finish(this.clusterId, frame.result);
    }
  }

  /** Another live agent was seen, or no longer is. */
  becameContested(contested: boolean): void {
    if (this.contested === contested) return;
    this.contested = contested;
    this.services.changes.publish('clusters', [this.clusterId]);
    this.services.logger[contested ? 'warn' : 'info'](
      { clusterId: this.clusterId },
      contested ? 'two agents claim to be the cluster' : 'the cluster is contested no more',
    );
  }

  send(message: Outgoing): void {
    if (!this.ended) this.wire.send({ ...message, v: protocolVersion, ...(this.channel === undefined ? {} : { channel: this.channel }) });
  }

  close(code: CloseCode, reason: string, retryAfterMs: number): void {
    if (this.ended) return;
    this.wire.close(this, code, reason, retryAfterMs);
  }

  /** The connection is gone, or this session's part of it. */
  async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.services.ingest.drop(this.stream);
    try {
      await this.services.connections.release(this.stream.owner);
      this.services.changes.publish('clusters', [this.clusterId]);
    } catch (error) {
      // silence shows in time all the same
      this.services.logger.warn({ err: error, clusterId: this.clusterId }, 'the end of a connection was not stored');
    }
  }

  private takeData(frame: Extract<AgentFrame, { type: 'snapshot' | 'deltas' }>): void {
    const result = this.stream.take(frame);
    switch (result) {
      case 'wrong-epoch':
        return this.close('protocol', 'a frame of another epoch than the hello; connect again and say hello with it', refusedRetryMs);
      case 'too-many':
        return this.close('overloaded', 'the cluster has more objects than a hub takes', refusedRetryMs);
      case 'duplicate':
        // acked again only as far as it is durable, with the next commit
        this.services.ingest.submit(this.stream, 0);
        return;
      case 'gap':
        return this.requestSnapshot(`frame ${this.stream.sequence + 1} is missing`);
      case 'differs':
        return this.requestSnapshot('the digest of the snapshot is another');
      case 'skip':
        return;
      case 'apply':
        this.services.ingest.submit(this.stream, frame.type === 'snapshot' ? frame.objects.length : frame.upserts.length + frame.deletes.length);
    }
  }

  private requestSnapshot(reason: string): void {
    this.services.logger.warn({ clusterId: this.clusterId, reason }, 'asking the agent for a snapshot');
    // what is stored is no longer known to be whole: a reconnect starts over too
    this.services.ingest.submit(this.stream, 0);
    this.send({ type: 'snapshot.request', reason });
  }

  private async takeFacts(facts: AgentFacts): Promise<void> {
    const stable = stableFacts(facts);
    if (stable === this.facts) return;
    this.facts = stable;
    await this.services.connections.storeFacts(this.stream.owner, facts);
  }
}

export const fencedRetryMs = 10_000;
export const refusedRetryMs = 60_000;

/** Facts without what moves all the time. */
function stableFacts(facts: AgentFacts): string {
  return JSON.stringify({ ...facts, rssMiB: 0 });
}

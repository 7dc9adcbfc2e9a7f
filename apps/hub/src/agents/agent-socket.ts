import { type CloseCode, closeReasonMax, FlotillaError, frameBytesMax, type HubMessage, protocolVersion } from '@flotilla/contracts';
import type { VerifiedAgent } from '@flotilla/fleet/agents';
import { isTransient } from '@flotilla/database';
import WebSocket from 'ws';
import { type AgentFrame, MalformedFrame, readAgentFrame } from './agent-frame.js';
import { AgentSession, refusedRetryMs, type SessionWire } from './agent-session.js';
import type { SessionServices } from './session-services.js';

/** Messages read ahead of the one being handled. */
const queuedMax = 4;
/** Clusters that may share one socket. */
const channelsMax = 2_000;
const helloTimeoutMs = 15_000;
const pongTimeoutMs = 3_000;
const unavailableRetryMs = 2_000;

/** Called as sessions come and go. */
export interface SocketEvents {
  opened(session: AgentSession): void;
  ended(session: AgentSession): void;
}

/** One socket: reads messages strictly in order, stops reading when the hub is behind (back-pressure), shares itself among channels. */
export class AgentSocket implements SessionWire {
  private readonly sessions = new Map<string | undefined, AgentSession>();
  private readonly queue: Buffer[] = [];
  private handling = false;
  private heardAt = Date.now();
  private readonly helloTimer: NodeJS.Timeout;
  private closed = false;

  constructor(
    private readonly socket: WebSocket,
    /** whose assertion opened the socket */
    private readonly opener: VerifiedAgent,
    private readonly services: SessionServices,
    private readonly events: SocketEvents,
  ) {
    this.helloTimer = setTimeout(() => {
      if (this.sessions.size === 0) this.closeAll('protocol', 'no hello came; connect again and say hello first', refusedRetryMs);
    }, helloTimeoutMs);
    socket.on('message', (data: Buffer) => this.enqueue(data));
    socket.on('ping', () => (this.heardAt = Date.now()));
    socket.on('pong', () => (this.heardAt = Date.now()));
    socket.on('close', () => this.ended());
    // the close that follows says all there is to say
    socket.on('error', () => undefined);
  }

  /** ms since anything was heard. */
  quietMs(now: number): number {
    return now - this.heardAt;
  }

  send(message: HubMessage): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  close(session: AgentSession, code: CloseCode, reason: string, retryAfterMs: number): void {
    session.send({ type: 'close', code, reason: reason.slice(0, closeReasonMax), retryAfterMs });
    this.sessions.delete(session.channel);
    this.events.ended(session);
    void session.end();
    if (this.sessions.size === 0) this.leave();
  }

  /** Ends every session of the socket and the socket. */
  closeAll(code: CloseCode, reason: string, retryAfterMs: number): void {
    if (this.sessions.size === 0) {
      this.send({ v: protocolVersion, type: 'close', code, reason: reason.slice(0, closeReasonMax), retryAfterMs });
      this.leave();
    }
    for (const session of [...this.sessions.values()]) this.close(session, code, reason, retryAfterMs);
  }

  /** Ends it at once: the other side is gone. */
  terminate(): void {
    this.socket.terminate();
  }

  /** Whether the other side answers a ping in time. */
  isAlive(): Promise<boolean> {
    if (this.socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      const answer = (alive: boolean): void => {
        clearTimeout(timer);
        this.socket.off('pong', onPong).off('close', onClose);
        resolve(alive);
      };
      const onPong = (): void => answer(true);
      const onClose = (): void => answer(false);
      const timer = setTimeout(() => answer(false), pongTimeoutMs);
      this.socket.on('pong', onPong).on('close', onClose);
      this.socket.ping();
    });
  }

  private enqueue(data: Buffer): void {
    this.heardAt = Date.now();
    this.queue.push(data);
    if (this.queue.length >= queuedMax) this.socket.pause();
    if (!this.handling) void this.drain();
  }

  private async drain(): Promise<void> {
    this.handling = true;
    try {
      for (let data = this.queue.shift(); data !== undefined && !this.closed; data = this.queue.shift()) {
        await this.handle(data);
        const room = this.services.ingest.room();
        if (room) {
          this.socket.pause();
          await room;
        }
        if (this.socket.isPaused && this.queue.length < queuedMax) this.socket.resume();
      }
    } catch (error) {
      this.fail(error);
    } finally {
      this.handling = false;
    }
  }

  private async handle(data: Buffer): Promise<void> {
    if (data.length > frameBytesMax) throw new MalformedFrame(`the frame has ${data.length} bytes, over the limit of ${frameBytesMax}`);
    const frame = readAgentFrame(data.toString('utf8'));
    if (!frame) return;
    if (frame.type === 'hello') return this.hello(frame);
    const session = this.sessions.get(frame.channel);
    // frames on the way when a channel was closed
    if (!session) return;
    await session.take(frame);
  }

  private async hello(hello: Extract<AgentFrame, { type: 'hello' }>): Promise<void> {
    const refuse = (code: CloseCode, reason: string): void => {
      this.send({
        v: protocolVersion,
        ...(hello.channel === undefined ? {} : { channel: hello.channel }),
        type: 'close',
        code,
        reason,
        retryAfterMs: refusedRetryMs,
      });
      if (this.sessions.size === 0) this.leave();
    };
    if (hello.protocol !== protocolVersion)
      return refuse('protocol', `this hub speaks protocol ${protocolVersion}, not ${hello.protocol}; run an agent of its version`);
    if (this.sessions.has(hello.channel)) return refuse('protocol', 'this channel said hello before');
    if (this.sessions.size >= channelsMax) return refuse('overloaded', `a socket carries at most ${channelsMax} clusters`);
    const agent = hello.assertion === undefined ? this.opener : await this.services.authority.verify(hello.assertion);
    if (hello.clusterId !== agent.clusterId || hello.incarnation !== agent.incarnation)
      return refuse('protocol', 'the hello is of another cluster or incarnation than the assertion; join the cluster again');
    const session = await AgentSession.open(hello, agent, this.services, this);
    if (!session) return refuse('revoked', 'the hub does not know this cluster any more');
    clearTimeout(this.helloTimer);
    if (this.closed) {
      await session.end();
      return;
    }
    this.sessions.set(hello.channel, session);
    this.events.opened(session);
  }

  private fail(error: unknown): void {
    if (error instanceof MalformedFrame) this.closeAll('malformed', error.message, refusedRetryMs);
    else if (error instanceof FlotillaError) this.closeAll(error.code === 'agent-revoked' ? 'revoked' : 'protocol', error.message, refusedRetryMs);
    else {
      const transient = isTransient(error);
      this.services.logger.warn(
        { err: error, clusterId: this.opener.clusterId },
        transient
          ? 'an agent connection was closed: the database did not take its frame; the agent connects again'
          : 'an agent connection was closed: its frame could not be handled; the agent connects again; when this stays, report err and the agent version',
      );
      this.closeAll(transient ? 'overloaded' : 'protocol', 'the hub could not handle the frame; see its log', transient ? unavailableRetryMs : refusedRetryMs);
    }
  }

  private leave(): void {
    this.closed = true;
    clearTimeout(this.helloTimer);
    if (this.socket.isPaused) this.socket.resume();
    this.socket.close(1000);
  }

  private ended(): void {
    this.closed = true;
    clearTimeout(this.helloTimer);
    for (const session of this.sessions.values()) {
      this.events.ended(session);
      void session.end();
    }
    this.sessions.clear();
  }
}

import { frameBytesMax, hubMessage, protocolVersion, type AgentFacts, type AgentMessage, type CommandResult, type HubMessage } from '@flotilla/contracts/agent';
import type { CryptoKey } from 'jose';
import WebSocket from 'ws';
import { errorText, type AgentLogger } from '../agent-logger.js';
import type { Outbox } from '../outbox/outbox.js';
import { jittered, pause } from '../pause.js';
import { signAssertion } from './assertion.js';
import { backoffCapMs, backoffMs } from './backoff.js';
import { ResultBuffer } from './result-buffer.js';

const streamPath = '/agent/v1/stream';
const handshakeTimeoutMs = 15_000;
const welcomeTimeoutMs = 20_000;
/** Bytes the socket may hold before the outbox waits. */
const bufferedBytesMax = 4 * 1024 * 1024;
/** A connection that lasted this long was a good one: the next failure starts the backoff anew. */
const goodAfterMs = 10_000;

export interface HubConnectionOptions {
  /** base URL of the hub: also the audience of the assertion */
  readonly hubUrl: string;
  /** PEM the hub's certificate is checked with; the system's roots when absent */
  readonly hubCa: string | undefined;
  readonly privateKey: CryptoKey;
  readonly clusterId: string;
  readonly incarnation: number;
  readonly outbox: Outbox;
  readonly facts: () => AgentFacts;
  /** a command arrived, still unverified */
  readonly onCommand: (jws: string) => void;
  /** the hub's command keys (JWKS), on every welcome and when they change */
  readonly onCommandKeys: (keys: unknown) => void;
  readonly log: AgentLogger;
  readonly timing: ConnectionTiming;
  readonly random: () => number;
  readonly now: () => Date;
}

export interface ConnectionTiming {
  /** changes are gathered for this long before they are sent */
  readonly deltaBatchMs: number;
  readonly digestMs: number;
  /** multiplies the backoff; below 1 in tests only */
  readonly backoffScale: number;
}

interface SessionEnd {
  readonly lastedMs: number;
  readonly retryAfterMs: number;
  readonly reason: string;
}

/** Keeps one connection to the hub open, sends what the outbox has, hands over what the hub says. Reconnects forever with capped, jittered backoff. */
export class HubConnection {
  private socket: WebSocket | undefined;
  private welcomed = false;
  private pumpTimer: NodeJS.Timeout | undefined;
  private readonly results: ResultBuffer;

  constructor(private readonly options: HubConnectionOptions) {
    this.results = new ResultBuffer(() => options.now().getTime());
  }

  /** Whether the hub has welcomed the present connection. */
  get isConnected(): boolean {
    return this.welcomed;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const end = await this.session(signal).catch((error: unknown): SessionEnd => ({ lastedMs: 0, retryAfterMs: 0, reason: errorText(error) }));
      if (signal.aborted) return;
      failures = end.lastedMs >= goodAfterMs ? 0 : failures + 1;
      const waitMs = Math.round(backoffMs(failures, this.options.random, end.retryAfterMs) * this.options.timing.backoffScale);
      this.options.log.warn('the connection to the hub ended', { reason: end.reason, retryInMs: waitMs, failures });
      await pause(waitMs, signal);
    }
  }

  /** The outbox has something new: it is sent with the next batch. */
  changed(): void {
    if (!this.welcomed || this.pumpTimer) return;
    this.pumpTimer = setTimeout(() => {
      this.pumpTimer = undefined;
      this.pump();
    }, this.options.timing.deltaBatchMs);
  }

  /** Reports a command's result, now or after the next welcome; a result may arrive more than once. */
  report(result: CommandResult): void {
    this.results.add(result);
    if (this.welcomed) this.sendResults();
  }

  private async session(signal: AbortSignal): Promise<SessionEnd> {
    const { options } = this;
    const url = new URL(streamPath, options.hubUrl);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const audience = options.hubUrl.replace(/\/+$/, '');
    const assertion = await signAssertion(options.privateKey, { clusterId: options.clusterId, incarnation: options.incarnation, audience }, options.now());
    // an abort while signing came before anybody listened for it
    if (signal.aborted) return { lastedMs: 0, retryAfterMs: 0, reason: 'the agent stops' };
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${assertion}` },
      handshakeTimeout: handshakeTimeoutMs,
      maxPayload: frameBytesMax,
      perMessageDeflate: false,
      ...(options.hubCa === undefined ? {} : { ca: options.hubCa }),
    });
    this.socket = socket;
    const opened = options.now().getTime();
    return new Promise((resolve) => {
      let reason = 'the hub closed the connection';
      let retryAfterMs = 0;
      const timers = new SessionTimers();
      const stop = (): void => socket.close(1001, 'the agent stops');
      signal.addEventListener('abort', stop, { once: true });
      socket.on('error', (error) => {
        reason = error.message;
      });
      socket.on('unexpected-response', (_request, response) => {
        reason = `the hub answered ${response.statusCode ?? 0} to the connection`;
        retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1000 || 0;
        // an identity that is not accepted (revoked, waiting for approval) is asked for again, but slowly
        if (response.statusCode === 401 || response.statusCode === 403) retryAfterMs = Math.max(retryAfterMs, backoffCapMs / 4);
        response.resume();
        socket.terminate();
      });
      socket.on('close', () => {
        timers.clear();
        signal.removeEventListener('abort', stop);
        this.leave(socket);
        resolve({ lastedMs: options.now().getTime() - opened, retryAfterMs, reason });
      });
      socket.on('open', () => {
        this.send({
          v: protocolVersion,
          type: 'hello',
          protocol: protocolVersion,
          clusterId: options.clusterId,
          incarnation: options.incarnation,
          epoch: options.outbox.epoch,
          sequence: options.outbox.lastSequence,
          digest: options.outbox.openingDigest(),
          clock: options.now().toISOString(),
          facts: options.facts(),
        });
        timers.expectWelcome(welcomeTimeoutMs, () => {
          reason = 'the hub did not welcome the agent in time';
          socket.terminate();
        });
      });
      socket.on('pong', () => timers.heard());
      socket.on('message', (raw) => {
        timers.heard();
        const message = parseHubMessage(raw);
        if (!message) return;
        if (message.type === 'close') {
          reason = `the hub closed the connection: ${message.code}, ${message.reason}`;
          retryAfterMs = message.retryAfterMs;
          socket.close(1000);
          return;
        }
        if (message.type === 'welcome' || message.type === 'settings') {
          const heartbeatMs = message.settings.heartbeatSeconds * 1000;
          timers.beat(
            heartbeatMs,
            () => this.heartbeat(socket),
            () => {
              reason = 'the hub answers no pings';
              socket.terminate();
            },
          );
        }
        if (message.type === 'welcome') timers.digest(jittered(options.timing.digestMs, 0.2, options.random), () => this.sendDigest());
        this.take(message);
      });
    });
  }

  private take(message: Exclude<HubMessage, { type: 'close' }>): void {
    const { outbox, log } = this.options;
    switch (message.type) {
      case 'welcome':
        log.info('connected to the hub', { resumeAfter: message.resumeAfter, snapshot: message.snapshot });
        outbox.resume(message);
        this.welcomed = true;
        this.options.onCommandKeys(message.settings.commandKeys);
        this.sendResults();
        this.pump();
        return;
      case 'settings':
        this.options.onCommandKeys(message.settings.commandKeys);
        return;
      case 'ack':
        if (message.epoch === outbox.epoch) outbox.ack(message.sequence);
        this.pump();
        return;
      case 'snapshot.request':
        log.warn('the hub asks for a snapshot', { reason: message.reason });
        outbox.requestSnapshot();
        this.pump();
        return;
      case 'command':
        this.options.onCommand(message.jws);
    }
  }

  private pump(): void {
    const { socket } = this;
    if (!this.welcomed || socket?.readyState !== WebSocket.OPEN) return;
    while (socket.bufferedAmount < bufferedBytesMax) {
      const frame = this.options.outbox.next();
      if (!frame) return;
      socket.send(frame.text);
    }
    this.changed();
  }

  private heartbeat(socket: WebSocket): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.ping();
    this.send({ v: protocolVersion, type: 'heartbeat', clock: this.options.now().toISOString(), facts: this.options.facts() });
    this.pump();
  }

  private sendDigest(): void {
    const { outbox } = this.options;
    // with changes on the way the two sides differ rightly; the next turn compares
    if (outbox.isSettled) this.send({ v: protocolVersion, type: 'digest', epoch: outbox.epoch, sequence: outbox.lastSequence, digest: outbox.digest() });
  }

  private sendResults(): void {
    for (const result of this.results.unsent()) this.send({ v: protocolVersion, type: 'command.result', result });
  }

  private send(message: AgentMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private leave(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.welcomed = false;
    if (this.pumpTimer) clearTimeout(this.pumpTimer);
    this.pumpTimer = undefined;
    this.results.disconnected();
  }
}

/** Undefined for a message of a type or shape this version does not know: it is skipped, so that a newer hub can talk to an older agent. */
function parseHubMessage(raw: WebSocket.RawData): HubMessage | undefined {
  try {
    const text = Array.isArray(raw) ? Buffer.concat(raw).toString('utf8') : Buffer.from(raw as Buffer).toString('utf8');
    const parsed = hubMessage.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** The timers of one connection: first the wait for the welcome, then heartbeats, liveness of the hub, digests. */
class SessionTimers {
  private welcome: NodeJS.Timeout | undefined;
  private beats: NodeJS.Timeout | undefined;
  private digests: NodeJS.Timeout | undefined;
  private quietBeats = 0;

  expectWelcome(ms: number, late: () => void): void {
    this.welcome = setTimeout(late, ms);
  }

  heard(): void {
    this.quietBeats = 0;
  }

  beat(ms: number, send: () => void, dead: () => void): void {
    clearTimeout(this.welcome);
    clearInterval(this.beats);
    this.beats = setInterval(() => {
      this.quietBeats += 1;
      // two pings in a row without a pong: a half-dead socket
      if (this.quietBeats > 2) dead();
      else send();
    }, ms);
  }

  digest(ms: number, send: () => void): void {
    clearInterval(this.digests);
    this.digests = setInterval(send, ms);
  }

  clear(): void {
    clearTimeout(this.welcome);
    clearInterval(this.beats);
    clearInterval(this.digests);
  }
}

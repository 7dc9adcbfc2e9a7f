import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { FlotillaError, frameBytesMax, heartbeatSeconds } from '@flotilla/contracts';
import type { VerifiedAgent } from '@flotilla/fleet/agents';
import type { Change } from '@flotilla/fleet/change-feed';
import { counter } from '@flotilla/observability';
import { WebSocketServer } from 'ws';
import { toProblem } from '../platform/errors/problem.filter.js';
import { type AgentSession, fencedRetryMs, refusedRetryMs } from './agent-session.js';
import { AgentSocket } from './agent-socket.js';
import { AgentSessions, type HeldSession } from './agent-sessions.js';
import { CommandDelivery } from './command-delivery.js';
import { SessionServices } from './session-services.js';

const streamPath = '/agent/v1/stream';
/** A socket that said nothing for this long is given up. */
const quietMsMax = heartbeatSeconds * 3 * 1000;
const shutdownRetryMs = 1_000;
/** Room above the frame bound, so that a frame somewhat over it is answered in words; a larger one ends the socket with 1009. */
const payloadMax = 4 * frameBytesMax;

const refused = counter('flotilla_agent_refusals', 'agent connections refused before the upgrade', ['reason']);

/**
 * Where agents connect: raw WebSocket on the HTTP upgrade, outside Nest's pipes and guards. The assertion is checked before the 101. One connection
 * per cluster is authoritative; when another takes over, the earlier one is asked whether it lives: if it does, two agents claim the cluster.
 */
@Injectable()
export class AgentGateway implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: payloadMax, perMessageDeflate: false, clientTracking: false });
  private readonly sockets = new Set<AgentSocket>();
  private sweep: NodeJS.Timeout | undefined;
  private unlisten: () => void = () => undefined;
  private closing = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly services: SessionServices,
    private readonly sessions: AgentSessions,
    private readonly delivery: CommandDelivery,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const http: Server = this.host.httpAdapter.getHttpServer() as Server;
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.upgrade(request, socket, head));
    this.unlisten = await this.services.changes.listen((change) => this.changed(change));
    this.sweep = setInterval(() => this.sweepQuiet(), (heartbeatSeconds * 1000) / 3);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    clearInterval(this.sweep);
    this.unlisten();
    // acks of what is being written still go out
    await this.services.ingest.stop();
    const sessions = this.sessions.all().map(({ session }) => session);
    for (const socket of this.sockets) socket.closeAll('shutdown', 'the hub is stopping', shutdownRetryMs);
    await Promise.all(sessions.map((session) => session.end()));
    for (const socket of this.sockets) socket.terminate();
    this.server.close();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // a client that hangs up meanwhile is no error of ours
    socket.on('error', () => socket.destroy());
    let agent: VerifiedAgent;
    try {
      if ((request.url ?? '').split('?')[0] !== streamPath) throw new FlotillaError('not-found', `only ${streamPath} takes WebSocket connections`);
      if (this.closing) throw new FlotillaError('unavailable', 'the hub is stopping; connect again');
      const bearer = /^Bearer ([\w.-]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
      if (bearer === undefined) throw new FlotillaError('assertion-invalid', "connect with the agent's signed assertion in Authorization: Bearer");
      agent = await this.services.authority.verify(bearer);
    } catch (error) {
      this.refuse(socket, error);
      return;
    }
    this.server.handleUpgrade(request, socket, head, (ws) => {
      const agentSocket: AgentSocket = new AgentSocket(ws, agent, this.services, {
        opened: (session) => this.opened(session, agentSocket),
        ended: (session) => this.sessions.remove(session),
      });
      this.sockets.add(agentSocket);
      ws.on('close', () => this.sockets.delete(agentSocket));
    });
  }

  private refuse(socket: Duplex, error: unknown): void {
    const problem = toProblem(error, randomUUID());
    refused.inc({ reason: problem.code });
    if (problem.code === 'internal') this.services.logger.error({ err: error }, 'agent connection refused');
    const body = JSON.stringify(problem);
    socket.end(
      `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }

  private opened(session: AgentSession, socket: AgentSocket): void {
    const previous = this.sessions.add({ session, socket });
    if (previous)
      void this.supersede(previous).catch((error: unknown) =>
        this.services.logger.warn({ err: error }, 'an earlier connection was not asked whether it lives; fencing holds all the same'),
      );
    this.delivery.connected(session);
  }

  /** A newer connection owns the cluster. If the earlier one still lives, there are two agents. */
  private async supersede({ session, socket }: HeldSession): Promise<void> {
    const alive = await socket.isAlive();
    if (alive) {
      await this.services.connections.markContested(session.clusterId);
      this.sessions.find(session.clusterId)?.session.becameContested(true);
      this.services.changes.publish('agents', [session.clusterId]);
      this.services.changes.publish('clusters', [session.clusterId]);
    }
    session.close('fenced', 'a newer connection of this cluster took over', fencedRetryMs);
  }

  private changed(change: Change): void {
    if (change.topic !== 'agents' && change.topic !== 'refresh') return;
    const ids = change.clusterIds.length > 0 ? change.clusterIds.filter((id) => this.sessions.find(id)) : this.sessions.clusterIds();
    if (ids.length > 0)
      void this.recheck(ids).catch((error: unknown) => this.services.logger.warn({ err: error }, 'connections were not checked; fencing holds all the same'));
  }

  /** Something changed about these clusters' agents: a connection elsewhere, a revocation, a cluster forgotten. */
  private async recheck(clusterIds: readonly string[]): Promise<void> {
    for (const state of await this.services.connections.states(clusterIds)) {
      const held = this.sessions.find(state.clusterId);
      if (!held) continue;
      if (state.forgotten || state.revokedIncarnations.includes(held.session.agent.incarnation))
        held.session.close('revoked', 'this agent was revoked', refusedRetryMs);
      else if (state.generation > held.session.generation) await this.supersede(held);
      else held.session.becameContested(state.contested);
    }
  }

  private sweepQuiet(): void {
    const now = Date.now();
    for (const socket of this.sockets) if (socket.quietMs(now) > quietMsMax) socket.terminate();
  }
}

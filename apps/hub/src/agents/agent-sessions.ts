import { Injectable } from '@nestjs/common';
import { gauge } from '@flotilla/observability';
import type { AgentSession } from './agent-session.js';
import type { AgentSocket } from './agent-socket.js';

/** A cluster's session on this replica, with the socket it runs over. */
export interface HeldSession {
  readonly session: AgentSession;
  readonly socket: AgentSocket;
}

const connected = gauge('flotilla_agent_sessions', 'clusters connected to this replica');

/** Who is connected to this replica: of each cluster the newest session, which is authoritative as far as is known here. */
@Injectable()
export class AgentSessions {
  private readonly held = new Map<string, HeldSession>();

  find(clusterId: string): HeldSession | null {
    return this.held.get(clusterId) ?? null;
  }

  clusterIds(): string[] {
    return [...this.held.keys()];
  }

  all(): HeldSession[] {
    return [...this.held.values()];
  }

  /** Adds a session; gives the one it takes over from. */
  add(held: HeldSession): HeldSession | null {
    const previous = this.find(held.session.clusterId);
    this.held.set(held.session.clusterId, held);
    connected.set(this.held.size);
    return previous;
  }

  remove(session: AgentSession): void {
    if (this.held.get(session.clusterId)?.session === session) this.held.delete(session.clusterId);
    connected.set(this.held.size);
  }
}

import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { AgentAuthority } from '@flotilla/fleet/agents';
import { type Change, ChangeFeed } from '@flotilla/fleet/change-feed';
import { type CommandRecord, Commands, CommandsRepository } from '@flotilla/fleet/commands';
import type { Logger } from '@flotilla/observability';
import type { AgentSession } from './agent-session.js';
import { AgentSessions } from './agent-sessions.js';

/** Commands sent to clusters of this replica in one turn. */
const batchMax = 500;
/** In case a nudge was missed. */
const pollMs = 5_000;

/** Sends pending commands to the agents connected to this replica, in order, signed for the incarnation that is connected. Contested clusters get none. */
@Injectable()
export class CommandDelivery implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unlisten: () => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly authority: AgentAuthority,
    private readonly commands: Commands,
    private readonly repository: CommandsRepository,
    private readonly changes: ChangeFeed,
    private readonly sessions: AgentSessions,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unlisten = await this.changes.listen((change) => this.changed(change));
    this.timer = setInterval(() => {
      this.deliver(this.sessions.clusterIds(), false);
      void this.commands
        .expireOverdue()
        .catch((error: unknown) => this.logger.warn({ err: error }, 'overdue commands were not swept; reads call them expired all the same'));
    }, pollMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    this.unlisten();
    await this.turn;
  }

  /** A new connection: what was delivered over an earlier one and not answered is sent again; the agent carries each number out once. */
  connected(session: AgentSession): void {
    this.deliver([session.clusterId], true);
  }

  private changed(change: Change): void {
    if (change.topic !== 'commands' && change.topic !== 'refresh') return;
    this.deliver(change.clusterIds.length > 0 ? change.clusterIds.filter((id) => this.sessions.find(id)) : this.sessions.clusterIds(), false);
  }

  /** One turn at a time, so that commands of an object leave in the order of their numbers. */
  private deliver(clusterIds: readonly string[], again: boolean): void {
    if (clusterIds.length === 0 || this.stopped) return;
    this.turn = this.turn
      .then(async () => {
        for (const command of await this.repository.undelivered(clusterIds, again, batchMax)) await this.send(command);
      })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'commands were not delivered; the next turn tries again'));
  }

  private async send(command: CommandRecord): Promise<void> {
    const session = this.sessions.find(command.clusterId)?.session;
    if (!session || session.isContested) return;
    const jws = await this.authority.signCommand({
      id: command.id,
      clusterId: command.clusterId,
      incarnation: session.agent.incarnation,
      number: command.number,
      expiresAt: command.expiresAt,
      arguments: command.arguments,
      precondition: command.precondition,
    });
    // noted first: an answer is taken only for what was noted
    await this.repository.markDelivered(command.id);
    session.send({ type: 'command', jws });
  }
}

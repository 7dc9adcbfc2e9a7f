import { Injectable } from '@nestjs/common';
import { type CommandView, systemPrincipal } from '@flotilla/domain';
import { Commands, CommandsRepository } from '../commands/index.js';
import type { CommandIssuer, IssuedCommand } from './command-issuer.js';

/** Orders commands on behalf of who started or lifted the rollback; that they may was checked then. */
@Injectable()
export class OrderedCommands implements CommandIssuer {
  constructor(
    private readonly commands: Commands,
    private readonly repository: CommandsRepository,
  ) {}

  async issue(command: IssuedCommand): Promise<string> {
    const principal = { ...systemPrincipal('rollbacks'), subject: command.issuer };
    const ordered = await this.commands.create(principal, {
      clusterId: command.clusterId,
      arguments: command.arguments,
      precondition: command.uid === undefined ? {} : { uid: command.uid },
      ttlSeconds: command.ttlSeconds,
      permission: 'rollbacks:start',
    });
    return ordered.id;
  }

  async views(ids: readonly string[]): Promise<Map<string, CommandView>> {
    const records = await this.repository.findAll(ids);
    return new Map(
      records.map(({ id, state, message, createdAt, finishedAt, expiresAt }) => [
        id,
        { state, message, at: new Date(finishedAt ?? (state === 'expired' ? expiresAt : createdAt)) },
      ]),
    );
  }
}

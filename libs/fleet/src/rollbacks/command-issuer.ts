import type { CommandArguments } from '@flotilla/contracts';
import type { CommandView } from '@flotilla/domain';

/** A command to the agent of one cluster, given within the running transaction. */
export interface IssuedCommand {
  clusterId: string;
  arguments: CommandArguments;
  uid: string | undefined;
  ttlSeconds: number;
  /** on whose behalf, as the audit trail names it */
  issuer: string;
}

/** What a rollback needs of commands: to give them, and to see what became of them. */
export interface CommandIssuer {
  issue(command: IssuedCommand): Promise<string>;
  views(ids: readonly string[]): Promise<Map<string, CommandView>>;
}
export const COMMAND_ISSUER = Symbol('COMMAND_ISSUER');

import { Injectable } from '@nestjs/common';
import {
  type CommandArguments,
  type CommandClaims,
  type CommandResult,
  FlotillaError,
  objectKeyText,
  type Page,
  type PageQuery,
  type Permission,
} from '@flotilla/contracts';
import { Database, newId } from '@flotilla/database';
import { isRootSource, type Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { type ClusterRef, ClustersReadModel } from '../clusters/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { type CommandRecord, CommandsRepository } from './commands.repository.js';

const commandTtlSecondsDefault = 60;

/** What is asked of an agent. */
export interface CommandOrder {
  /** id or name */
  readonly clusterId: string;
  readonly arguments: CommandArguments;
  /** carried out only if it holds */
  readonly precondition?: CommandClaims['precondition'];
  readonly ttlSeconds?: number;
  /** what the principal must be allowed to do on the cluster; default `objects:operate` */
  readonly permission?: Permission;
}

/**
 * Commands to agents. An order is a row, made in one transaction with its audit entry; whichever replica holds the agent's connection delivers it, signed.
 * It ends in the agent's answer or, in time, as `expired`; it never disappears.
 */
@Injectable()
export class Commands {
  constructor(
    private readonly database: Database,
    private readonly clusters: ClustersReadModel,
    private readonly repository: CommandsRepository,
    private readonly audit: AuditLog,
    private readonly changes: ChangeFeed,
  ) {}

  /**
   * Orders something of the agent of a cluster. Joins the running transaction.
   * Errors: `not-found` (no such cluster in scope, or no such object in it), `forbidden`, `read-only-agent`, `conflict` (suspending what Flux itself is delivered by).
   */
  async create(principal: Principal, order: CommandOrder): Promise<CommandRecord> {
    const permission = order.permission ?? 'objects:operate';
    return this.database.transaction(async () => {
      const cluster = await this.clusters.find(order.clusterId, principal, permission);
      await this.check(order, cluster);
      const id = newId();
      await this.repository.insert({
        id,
        clusterId: cluster.id,
        arguments: order.arguments,
        precondition: order.precondition ?? {},
        issuer: principal.subject,
        ttlSeconds: order.ttlSeconds ?? commandTtlSecondsDefault,
      });
      const object = 'object' in order.arguments ? objectKeyText(order.arguments.object) : null;
      await this.audit.append({
        principal,
        action: permission,
        outcome: 'allowed',
        subject: `cluster/${cluster.name}`,
        clusterId: cluster.id,
        detail: { commandId: id, command: order.arguments.type, object },
      });
      this.changes.publish('commands', [cluster.id]);
      const stored = await this.repository.find(id);
      if (!stored) throw new FlotillaError('internal', `command ${id} was not stored`);
      return stored;
    });
  }

  /** A command of a cluster in scope. Errors: `not-found`. */
  async get(principal: Principal, commandId: string): Promise<CommandRecord> {
    const command = await this.repository.find(commandId);
    if (!command) throw new FlotillaError('not-found', `there is no command ${commandId} in your scope`);
    await this.clusters.find(command.clusterId, principal, 'objects:read');
    return command;
  }

  /** Commands of a cluster, newest first. Errors: `not-found`, `cursor-invalid`. */
  async list(principal: Principal, cluster: string, page: PageQuery): Promise<Page<CommandRecord>> {
    const { id: clusterId } = await this.clusters.find(cluster, principal, 'objects:read');
    const cursor = decodeCursor(page.cursor, ['string', 'string']);
    const found = await this.repository.list({ clusterId, limit: page.limit + 1, before: cursor && { createdAt: cursor[0], id: cursor[1] } });
    return pageFrom(found, page.limit, (last) => [last.createdAt, last.id]);
  }

  /** Takes an agent's answer; a repeated one changes nothing. */
  async finish(clusterId: string, result: CommandResult): Promise<void> {
    if (await this.repository.finish(clusterId, result)) this.announce([clusterId]);
  }

  /** Calls overdue commands expired; reads say so already. */
  async expireOverdue(): Promise<void> {
    const clusterIds = await this.repository.expire();
    if (clusterIds.length > 0) this.announce(clusterIds);
  }

  private announce(clusterIds: readonly string[]): void {
    this.changes.publish('commands', clusterIds);
    this.changes.publish('objects', clusterIds);
  }

  private async check(order: CommandOrder, { id: clusterId, name: cluster }: ClusterRef): Promise<void> {
    const [agent] = await this.database.query<{ read_only: boolean }>(
      'select read_only from agent where cluster_id = $1::uuid and revoked_at is null order by incarnation desc limit 1',
      [clusterId],
    );
    if (agent?.read_only)
      throw new FlotillaError('read-only-agent', `the agent of ${cluster} was joined read-only; join it again without readOnly to send it commands`);
    if (!('object' in order.arguments)) return;
    const { object } = order.arguments;
    if (order.arguments.type === 'suspend' && isRootSource(object))
      throw new FlotillaError(
        'conflict',
        `${objectKeyText(object)} delivers Flux itself; suspended, nothing from Git would reach ${cluster}. Suspend the workloads instead`,
      );
    const known = await this.database.query('select 1 as ok from flux_object where cluster_id = $1::uuid and kind = $2 and namespace = $3 and name = $4', [
      order.clusterId,
      object.kind,
      object.namespace,
      object.name,
    ]);
    if (known.length === 0) throw new FlotillaError('not-found', `there is no ${objectKeyText(object)} in ${cluster}; see flotilla get all -A`);
  }
}

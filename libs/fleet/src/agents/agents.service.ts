import { Injectable } from '@nestjs/common';
import { Database } from '@flotilla/database';
import type { Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { ClustersReadModel } from '../clusters/index.js';

/** Agents of clusters once they are enrolled. */
@Injectable()
export class AgentsService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly changes: ChangeFeed,
    private readonly clusters: ClustersReadModel,
  ) {}

  /**
   * Revokes every key of the cluster's agent: its assertions are refused from now on, and the replica that holds its connection closes it (change
   * feed topic `agents`). Revoking again changes nothing. Errors: `not-found`, `forbidden`.
   */
  async revoke(nameOrId: string, principal: Principal): Promise<void> {
    await this.database.transaction(async () => {
      const cluster = await this.clusters.find(nameOrId, principal, 'agents:revoke');
      const revoked = await this.database.query<{ incarnation: number }>(
        'update agent set revoked_at = clock_timestamp() where cluster_id = $1::uuid and revoked_at is null returning incarnation',
        [cluster.id],
      );
      if (revoked.length === 0) return;
      // fences a connection that does not hear of it: its next write finds another generation
      await this.database.query(
        'update cluster set connection_generation = connection_generation + 1, connected_replica = null where id = $1::uuid returning 1 as ok',
        [cluster.id],
      );
      const detail = { incarnations: revoked.map((agent) => agent.incarnation) };
      await this.audit.append({ principal, action: 'agents:revoke', outcome: 'allowed', subject: `cluster/${cluster.name}`, clusterId: cluster.id, detail });
      this.changes.publish('agents', [cluster.id]);
      this.changes.publish('clusters', [cluster.id]);
    });
  }
}

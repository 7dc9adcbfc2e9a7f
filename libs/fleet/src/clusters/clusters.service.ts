import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type ClusterResponse, type CreateClusterRequest, FlotillaError, type Labels, type UpdateClusterRequest } from '@flotilla/contracts';
import { Database, isUniqueViolation } from '@flotilla/database';
import { assertPathFree, mayOn, type Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { ClustersReadModel } from './clusters.read-model.js';

/** Registering clusters, their labels and their paths in fleet repos. */
@Injectable()
export class ClustersService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly changes: ChangeFeed,
    private readonly clusters: ClustersReadModel,
  ) {}

  /** Registers a cluster; nothing happens in it until it joins. Errors: `already-exists`, `path-invalid`, `path-overlaps`, `not-found` (fleet repo). */
  async create(request: CreateClusterRequest, principal: Principal): Promise<ClusterResponse> {
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(request.name))
      throw new FlotillaError('bad-request', `"${request.name}" looks like an id; choose a name that does not`);
    const id = randomUUID();
    try {
      await this.database.transaction(async () => {
        const path = await this.claimPath(id, request.fleetRepoId, request.path);
        await this.database.query(
          'insert into cluster (id, name, labels, fleet_repo_id, path) values ($1::uuid, $2, $3::jsonb, $4::uuid, $5) returning 1 as ok',
          [id, request.name, JSON.stringify(request.labels), request.fleetRepoId ?? null, path],
        );
        const detail = { labels: request.labels, fleetRepoId: request.fleetRepoId ?? null, path };
        await this.audit.append({ principal, action: 'clusters:create', outcome: 'allowed', subject: `cluster/${request.name}`, clusterId: id, detail });
        this.changes.publish('clusters', [id]);
      });
    } catch (error) {
      if (isUniqueViolation(error))
        throw new FlotillaError('already-exists', `there is a cluster "${request.name}" already; choose another name, or forget that one`, { cause: error });
      throw error;
    }
    return this.clusters.get(id, principal);
  }

  /**
   * Changes labels or the path. The principal must hold `clusters:update` over the cluster as it is and as it becomes: both are power over it.
   * Errors: `not-found`, `forbidden`, `path-invalid`, `path-overlaps`, `conflict` when Flux of the cluster was bootstrapped from the path it has.
   */
  async update(nameOrId: string, request: UpdateClusterRequest, principal: Principal): Promise<ClusterResponse> {
    const { id } = await this.database.transaction(async () => {
      const found = await this.clusters.find(nameOrId, principal, 'clusters:update');
      const [row] = await this.database.query<{ labels: Labels; fleet_repo_id: string | null; path: string | null; bootstrapped: boolean }>(
        `select labels, fleet_repo_id, path, exists (select 1 from operation o where o.cluster_id = cluster.id and o.kind = 'bootstrap' and o.state in ('running', 'waiting', 'succeeded')) as bootstrapped
         from cluster where id = $1::uuid and forgotten_at is null for update`,
        [found.id],
      );
      if (!row) throw new FlotillaError('not-found', `cluster "${found.name}" was forgotten meanwhile`);
      const labels = request.labels ?? row.labels;
      if (!mayOn(principal, 'clusters:update', labels))
        throw new FlotillaError('forbidden', `with these labels cluster "${found.name}" would leave the scope of ${principal.subject}`, {
          permission: 'clusters:update',
        });
      const fleetRepoId = request.fleetRepoId ?? row.fleet_repo_id ?? undefined;
      const moved =
        (request.fleetRepoId !== undefined && request.fleetRepoId !== row.fleet_repo_id) || (request.path !== undefined && request.path !== row.path);
      if (moved && row.bootstrapped)
        throw new FlotillaError(
          'conflict',
          `Flux of cluster "${found.name}" follows "${row.path ?? ''}"; moving it could delete workloads. Register a new cluster for the new path instead`,
        );
      const path = moved ? await this.claimPath(found.id, fleetRepoId, request.path ?? row.path ?? undefined) : row.path;
      await this.database.query('update cluster set labels = $2::jsonb, fleet_repo_id = $3::uuid, path = $4 where id = $1::uuid returning 1 as ok', [
        found.id,
        JSON.stringify(labels),
        fleetRepoId ?? null,
        path,
      ]);
      const detail = {
        before: { labels: row.labels, fleetRepoId: row.fleet_repo_id, path: row.path },
        after: { labels, fleetRepoId: fleetRepoId ?? null, path },
      };
      await this.audit.append({ principal, action: 'clusters:update', outcome: 'allowed', subject: `cluster/${found.name}`, clusterId: found.id, detail });
      this.changes.publish('clusters', [found.id]);
      return found;
    });
    return this.clusters.get(id, principal);
  }

  /**
   * Forgets a cluster, dead or alive: revokes its agent and drops its status. Nothing is changed in the cluster itself or in Git, the ledger and the
   * audit chain keep its history, and its name is free again. Errors: `not-found`, `forbidden`.
   */
  async forget(nameOrId: string, principal: Principal): Promise<void> {
    await this.database.transaction(async () => {
      const { id, name } = await this.clusters.find(nameOrId, principal, 'clusters:delete');
      await this.database.query(
        'update cluster set forgotten_at = clock_timestamp(), connection_generation = connection_generation + 1, connected_replica = null where id = $1::uuid returning 1 as ok',
        [id],
      );
      await this.database.query('update agent set revoked_at = clock_timestamp() where cluster_id = $1::uuid and revoked_at is null returning 1 as ok', [id]);
      await this.database.query('delete from join_token where cluster_id = $1::uuid returning 1 as ok', [id]);
      await this.database.query('delete from flux_object where cluster_id = $1::uuid returning 1 as ok', [id]);
      await this.database.query(
        'update ledger_entry set to_at = greatest(from_at, clock_timestamp()) where cluster_id = $1::uuid and to_at is null returning 1 as ok',
        [id],
      );
      await this.audit.append({ principal, action: 'clusters:delete', outcome: 'allowed', subject: `cluster/${name}`, clusterId: id });
      this.changes.publish('clusters', [id]);
      this.changes.publish('agents', [id]);
    });
  }

  /** The path in its one form, free of overlap with every cluster of the same repository and branch; held by a lock until the transaction ends. */
  private async claimPath(clusterId: string, fleetRepoId: string | undefined, path: string | undefined): Promise<string | null> {
    if (fleetRepoId === undefined) {
      if (path === undefined) return null;
      throw new FlotillaError('bad-request', 'a path needs the fleet repo it is in; give fleetRepoId too', {
        errors: [{ path: 'fleetRepoId', message: 'is needed with path' }],
      });
    }
    const [repo] = await this.database.query<{ place: string }>(`select ${placeSql('fleet_repo')} as place from fleet_repo where id = $1::uuid`, [fleetRepoId]);
    if (!repo) throw new FlotillaError('not-found', `there is no fleet repo ${fleetRepoId}; list the fleet repos to find its id`);
    if (path === undefined) return null;
    await this.database.query(`select 1 as ok from pg_advisory_xact_lock(hashtextextended('fleet-paths:' || $1, 0))`, [repo.place]);
    const others = await this.database.query<{ name: string; path: string }>(
      `select c.name, c.path from cluster c join fleet_repo r on r.id = c.fleet_repo_id where c.path is not null and c.forgotten_at is null and c.id <> $1::uuid and ${placeSql('r')} = $2`,
      [clusterId, repo.place],
    );
    return assertPathFree(path, others);
  }
}

/** Two registrations of one repository and branch are one place. */
const placeSql = (table: string): string => `lower(regexp_replace(${table}.url, '(\\.git)?/*$', '')) || '#' || ${table}.branch`;

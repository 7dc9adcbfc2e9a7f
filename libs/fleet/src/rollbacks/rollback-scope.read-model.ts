import { Injectable } from '@nestjs/common';
import type { ObjectStatus } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { freshCluster, readOnlyAgent } from './cluster-conditions.js';
import type { KnownCommit, ScopedCluster } from './rollback-records.js';

/** What a rollback is planned from: clusters, what they run and ran, and the commits that are known. */
@Injectable()
export class RollbackScopeReadModel {
  constructor(private readonly database: Database) {}

  /** Clusters that are not forgotten, by name. */
  async clusters(): Promise<ScopedCluster[]> {
    const rows = await this.database.query<Omit<ScopedCluster, 'fleetRepoId'> & { fleet_repo_id: string | null; read_only: boolean; ever: boolean }>(
      `select c.id, c.name, c.labels, c.path, c.fleet_repo_id, ${freshCluster} as fresh, c.snapshot_at is not null or c.last_received_at is not null as ever, ${readOnlyAgent} as read_only
       from cluster c where c.forgotten_at is null order by c.name`,
    );
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      labels: row.labels,
      path: row.path,
      fleetRepoId: row.fleet_repo_id,
      fresh: row.fresh,
      everReported: row.ever,
      readOnly: row.read_only,
    }));
  }

  /** Newest status of what a rollback looks at, by cluster id. */
  async objects(clusterIds: readonly string[]): Promise<Map<string, ObjectStatus[]>> {
    const rows = await this.database.query<{ cluster_id: string; status: ObjectStatus }>(
      `select cluster_id, status from flux_object where cluster_id = any($1::uuid[]) and kind in ('GitRepository', 'Kustomization', 'HelmRelease', 'ImageUpdateAutomation') order by cluster_id, kind, namespace, name`,
      [clusterIds],
    );
    const byCluster = new Map<string, ObjectStatus[]>();
    for (const row of rows) byCluster.set(row.cluster_id, [...(byCluster.get(row.cluster_id) ?? []), row.status]);
    return byCluster;
  }

  /** Inventories recorded at a commit: cluster id, then `namespace/name`. */
  async inventories(clusterIds: readonly string[], sha: string): Promise<Map<string, Map<string, string[]>>> {
    const rows = await this.database.query<{ cluster_id: string; namespace: string; name: string; items: string[] }>(
      `select s.cluster_id, s.namespace, s.name, r.items from inventory_sighting s join inventory_record r on r.digest = s.digest
       where s.cluster_id = any($1::uuid[]) and s.sha = $2`,
      [clusterIds, sha],
    );
    const byCluster = new Map<string, Map<string, string[]>>();
    for (const row of rows) {
      const inventories = byCluster.get(row.cluster_id) ?? new Map<string, string[]>();
      byCluster.set(row.cluster_id, inventories.set(`${row.namespace}/${row.name}`, row.items));
    }
    return byCluster;
  }

  /** Commits whose id starts with `prefix`: those on the branch of a mirrored fleet repo, else those a cluster ran. */
  async commits(prefix: string): Promise<KnownCommit[]> {
    const mirrored = await this.database.query<{ sha: string; fleet_repo_id: string; branch: string; subject: string }>(
      `select m.sha, m.fleet_repo_id, r.branch, m.subject from mirror_commit m join fleet_repo r on r.id = m.fleet_repo_id where m.on_branch and m.sha like $1 || '%' order by m.sha, r.created_at limit 20`,
      [prefix],
    );
    if (mirrored.length > 0) return mirrored.map((row) => ({ sha: row.sha, fleetRepoId: row.fleet_repo_id, branch: row.branch, subject: row.subject }));
    const ran = await this.database.query<{ sha: string }>(`select distinct sha from ledger_entry where sha like $1 || '%' limit 5`, [prefix]);
    return ran.map((row) => ({ sha: row.sha, fleetRepoId: null, branch: null, subject: '' }));
  }

  /** Clusters that were seen to run the commit. */
  async ranCommit(clusterIds: readonly string[], sha: string): Promise<Set<string>> {
    const rows = await this.database.query<{ cluster_id: string }>(
      'select distinct cluster_id from ledger_entry where cluster_id = any($1::uuid[]) and sha = $2',
      [clusterIds, sha],
    );
    return new Set(rows.map((row) => row.cluster_id));
  }
}

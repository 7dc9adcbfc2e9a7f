import { Injectable } from '@nestjs/common';
import { Database } from '@flotilla/database';

/** What a bootstrap reads of the clusters. */
@Injectable()
export class BootstrapRepository {
  constructor(private readonly database: Database) {}

  /** Locks the cluster's row until the transaction ends, so that two requests see each other. */
  async lockCluster(id: string): Promise<void> {
    await this.database.query('select 1 as ok from cluster where id = $1::uuid for update', [id]);
  }

  /** Paths of all clusters in the same repository, this one left out. */
  async otherPaths(fleetRepoId: string, clusterId: string): Promise<{ name: string; path: string }[]> {
    return this.database.query<{ name: string; path: string }>(
      `select c.name, c.path from cluster c join fleet_repo r on r.id = c.fleet_repo_id
       where c.path is not null and c.forgotten_at is null and c.id <> $2::uuid and (r.url, r.branch) = (select url, branch from fleet_repo where id = $1::uuid)`,
      [fleetRepoId, clusterId],
    );
  }
}

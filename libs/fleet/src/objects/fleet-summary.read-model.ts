import { Injectable } from '@nestjs/common';
import { type ClusterState, clusterStates, type FleetSummary } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import type { Principal } from '@flotilla/domain';
import { Parameters, scopeSql, stateSql } from '../clusters/index.js';

/** Revisions that are told apart. */
const revisionsMax = 50;

/** The fleet in numbers, within the scope of who asks. */
@Injectable()
export class FleetSummaryReadModel {
  constructor(private readonly database: Database) {}

  /** Clusters by state and revision; silent clusters count as unknown and at no revision. */
  async summary(principal: Principal): Promise<FleetSummary> {
    const parameters = new Parameters();
    const scope = `c.forgotten_at is null and ${scopeSql(principal, 'clusters:read', parameters)}`;
    const groups = await this.database.query<{ state: ClusterState; revision: string | null; clusters: number; now: Date }>(
      `select ${stateSql} as state, c.revision, count(*)::int as clusters, clock_timestamp() as now from cluster c where ${scope} group by 1, 2`,
      parameters.values,
    );
    const [others] = await this.database.query<{ head: string | null; open_rollbacks: number; firing_alerts: number; now: Date }>(
      `select
         (select r.branch || '@sha1:' || r.head_sha from cluster c join fleet_repo r on r.id = c.fleet_repo_id where ${scope} and r.head_sha is not null group by r.id order by count(*) desc, r.id limit 1) as head,
         (select count(distinct r.id)::int from rollback r join rollback_target t on t.rollback_id = r.id join cluster c on c.id = t.cluster_id where r.state not in ('lifted', 'failed') and ${scope}) as open_rollbacks,
         (select count(*)::int from alert a left join cluster c on c.id = a.cluster_id where a.ends_at is null and (a.cluster_id is null or (${scope}))) as firing_alerts,
         clock_timestamp() as now`,
      parameters.values,
    );
    const states = Object.fromEntries(clusterStates.map((state) => [state, 0])) as Record<ClusterState, number>;
    const revisions = new Map<string, number>();
    for (const { state, revision, clusters } of groups) {
      states[state] += clusters;
      if (revision !== null && state !== 'unknown' && state !== 'joining') revisions.set(revision, (revisions.get(revision) ?? 0) + clusters);
    }
    return {
      clusters: groups.reduce((sum, group) => sum + group.clusters, 0),
      states,
      revisions: [...revisions]
        .map(([revision, clusters]) => ({ revision, clusters }))
        .sort((a, b) => b.clusters - a.clusters || (a.revision < b.revision ? -1 : 1))
        .slice(0, revisionsMax),
      head: others?.head ?? null,
      openRollbacks: others?.open_rollbacks ?? 0,
      firingAlerts: others?.firing_alerts ?? 0,
      at: (others?.now ?? new Date()).toISOString(),
    };
  }
}

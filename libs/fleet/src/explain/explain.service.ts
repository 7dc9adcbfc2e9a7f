import { Injectable } from '@nestjs/common';
import { type ExplainResponse, FlotillaError, type ObjectStatus } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { explain, type ExplainFacts, isSilent, parseRevision, type Principal } from '@flotilla/domain';
import { type ClusterRef, ClustersReadModel } from '../clusters/index.js';
import { LedgerReadModel } from '../ledger/index.js';

/** Most objects that are looked at. */
const objectsMax = 10_000;

/** Answers "why is this cluster not at R?". */
@Injectable()
export class ExplainService {
  constructor(
    private readonly database: Database,
    private readonly clusters: ClustersReadModel,
    private readonly ledger: LedgerReadModel,
  ) {}

  /**
   * @param revision in full (`main@sha1:<40 hex>`), a commit id, or its first 7 digits or more
   * Errors: `not-found` (cluster), `revision-unknown`.
   */
  async explain(nameOrId: string, revision: string, principal: Principal): Promise<ExplainResponse> {
    const cluster = await this.clusters.find(nameOrId, principal, 'objects:read');
    const sha = await this.resolve(cluster, revision);
    const explanation = explain({ cluster: cluster.name, sha, ...(await this.facts(cluster.id)) });
    return {
      clusterId: cluster.id,
      cluster: cluster.name,
      revision: parseRevision(revision) ? revision : sha,
      at: explanation.at,
      since: explanation.since?.toISOString() ?? null,
      reasons: [...explanation.reasons],
    };
  }

  private async facts(clusterId: string): Promise<Pick<ExplainFacts, 'agent' | 'objects' | 'rollbacks' | 'runsSince'>> {
    const [agent] = await this.database.query<{ last_received_at: Date | null; contested: boolean; now: Date }>(
      'select last_received_at, contested_at is not null as contested, clock_timestamp() as now from cluster where id = $1::uuid',
      [clusterId],
    );
    const objects = await this.database.query<{ status: ObjectStatus }>(
      `select status - 'inventory' as status from flux_object where cluster_id = $1::uuid order by kind, namespace, name limit ${objectsMax}`,
      [clusterId],
    );
    const rollbacks = await this.database.query<ExplainFacts['rollbacks'][number]>(
      `select r.number, r.to_revision as "to", r.owner, r.reason, t.source_namespace as "sourceNamespace", t.source_name as "sourceName"
       from rollback_target t join rollback r on r.id = t.rollback_id
       where t.cluster_id = $1::uuid and r.state not in ('lifted', 'failed') and t.superseded_by is null and t.held is null order by r.number desc`,
      [clusterId],
    );
    const lastReceivedAt = agent?.last_received_at ?? null;
    return {
      agent: { lastReceivedAt, contested: agent?.contested ?? false, silent: agent !== undefined && isSilent(lastReceivedAt, agent.now) },
      objects: objects.map((row) => row.status),
      rollbacks,
      runsSince: await this.ledger.runsSince(clusterId),
    };
  }

  /** The full commit that was meant: known to the mirror of the cluster's repo (or any), or seen in the cluster. */
  private async resolve(cluster: ClusterRef, revision: string): Promise<string> {
    const prefix = parseRevision(revision)?.hash ?? (/^[0-9a-f]{7,64}$/.test(revision) ? revision : null);
    if (prefix === null)
      throw new FlotillaError(
        'revision-unknown',
        `"${revision}" is neither a revision in full (main@sha1:<40 hex>) nor the first 7 or more digits of a commit id; git rev-parse prints one`,
      );
    const found = await this.database.query<{ sha: string }>(
      `select distinct sha from (
         select sha from mirror_commit where sha >= $1 and sha < $1 || 'g' and ($2::uuid is null or fleet_repo_id = $2::uuid)
         union all select sha from flux_object where cluster_id = $3::uuid and sha >= $1 and sha < $1 || 'g') known limit 2`,
      [prefix, cluster.fleetRepoId, cluster.id],
    );
    if (found.length > 1) throw new FlotillaError('revision-unknown', `${revision} stands for more than one commit; give more digits`);
    const [only] = found;
    if (!only)
      throw new FlotillaError(
        'revision-unknown',
        `${revision} is not a commit of the fleet repo of ${cluster.name} as mirrored, and the cluster never had it; check the id, or wait for the mirror if it was pushed just now`,
      );
    return only.sha;
  }
}

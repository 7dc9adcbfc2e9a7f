import { Injectable } from '@nestjs/common';
import { alertChange, labelFingerprint, objectAlertAnnotations, objectAlertLabels, objectFailedAlert, shaOf } from '@flotilla/domain';
import { type ObjectTransition, type TransactionQuery, TransitionSink } from '../objects/index.js';
import { wish } from '../outbox/index.js';

const mirror = 'mirror-fleet-repo';

/** Raises and resolves the alerts of objects in the transaction that stores their transitions. Writing a batch again changes nothing. */
@Injectable()
export class AlertSink extends TransitionSink {
  override async record(transitions: readonly ObjectTransition[], transaction: TransactionQuery): Promise<void> {
    const changes = transitions
      .map((transition) => ({ ...transition, change: alertChange(transition.to?.state ?? null) }))
      .filter(({ change, from }) => change === 'raise' || (change === 'resolve' && from !== null));
    if (changes.length === 0) return;
    const names = await clusterNames(transaction, [...new Set(changes.map((change) => change.clusterId))]);
    const raised = changes.flatMap(({ clusterId, object, to }) => {
      const cluster = names.get(clusterId);
      if (to?.state !== 'failed' || cluster === undefined) return [];
      const labels = objectAlertLabels(cluster, object, to.stage);
      return [{ clusterId, object, labels, annotations: objectAlertAnnotations(object, to), fingerprint: labelFingerprint(labels) }];
    });
    // what is over: objects that recovered, and the alert of another stage where the stage changed
    await transaction.query(
      `update alert a set ends_at = clock_timestamp(), changed = true
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) k (cluster_id, kind, namespace, name, still)
       where a.ends_at is null and a.cluster_id = k.cluster_id and a.labels->>'alertname' = $6 and a.labels->>'kind' = k.kind and a.labels->>'namespace' = k.namespace and a.labels->>'name' = k.name and a.fingerprint <> k.still`,
      [
        changes.map((change) => change.clusterId),
        changes.map((change) => change.object.kind),
        changes.map((change) => change.object.namespace),
        changes.map((change) => change.object.name),
        changes.map((change) => raised.find((alert) => alert.clusterId === change.clusterId && sameObject(alert.object, change.object))?.fingerprint ?? ''),
        objectFailedAlert,
      ],
    );
    if (raised.length === 0) return;
    const unique = [...new Map(raised.map((alert) => [alert.fingerprint, alert])).values()];
    await transaction.query(
      `insert into alert (id, fingerprint, labels, annotations, cluster_id, starts_at, changed)
       select gen_random_uuid(), fingerprint, labels, annotations, cluster_id, clock_timestamp(), true from unnest($1::text[], $2::jsonb[], $3::jsonb[], $4::uuid[]) n (fingerprint, labels, annotations, cluster_id)
       on conflict (fingerprint) where ends_at is null do update set annotations = excluded.annotations where alert.annotations <> excluded.annotations`,
      [
        unique.map((alert) => alert.fingerprint),
        unique.map((alert) => JSON.stringify(alert.labels)),
        unique.map((alert) => JSON.stringify(alert.annotations)),
        unique.map((alert) => alert.clusterId),
      ],
    );
    await wishForUnknownCommits(transaction, unique);
  }
}

/** A message names the author of the commit: a commit that the mirror does not hold yet is fetched now, not at the next poll. */
async function wishForUnknownCommits(
  transaction: TransactionQuery,
  alerts: readonly { clusterId: string; annotations: Readonly<Record<string, string>> }[],
): Promise<void> {
  const { rows } = await transaction.query<{ id: string }>(
    `select distinct c.fleet_repo_id as id from unnest($1::uuid[], $2::text[]) n (cluster_id, sha) join cluster c on c.id = n.cluster_id
     where c.fleet_repo_id is not null and n.sha is not null and not exists (select 1 from mirror_commit m where m.sha = n.sha)
       and not exists (select 1 from outbox_row o where o.relayed_at is null and o.job = $3 and o.payload->>'fleetRepoId' = c.fleet_repo_id::text)`,
    [alerts.map((alert) => alert.clusterId), alerts.map((alert) => shaOf(alert.annotations['revision'])), mirror],
  );
  await wish(
    transaction,
    mirror,
    rows.map(({ id }) => ({ fleetRepoId: id })),
  );
}

const sameObject = (a: ObjectTransition['object'], b: ObjectTransition['object']): boolean =>
  a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;

async function clusterNames(transaction: TransactionQuery, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await transaction.query<{ id: string; name: string }>('select id, name from cluster where id = any($1::uuid[])', [ids]);
  return new Map(rows.map((row) => [row.id, row.name]));
}

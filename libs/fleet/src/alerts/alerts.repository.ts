import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { heartbeatSeconds, heartbeatsMissedMax } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { clusterSilentAlert, labelFingerprint, silentAlertLabels } from '@flotilla/domain';

/** A cluster is told of as silent this long after its last sign of life: longer than agents need to find a hub that restarted. */
const silentAlertSeconds = 2 * heartbeatSeconds * heartbeatsMissedMax;
const silentBatch = 500;

export interface StoredAlert {
  id: string;
  fingerprint: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  clusterId: string | null;
  clusterLabels: Record<string, string> | null;
  startsAt: Date;
  endsAt: Date | null;
  receivers: string[];
}

interface Row {
  id: string;
  fingerprint: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  cluster_id: string | null;
  cluster_labels: Record<string, string> | null;
  starts_at: Date;
  ends_at: Date | null;
  receivers: string[] | null;
}

@Injectable()
export class AlertsRepository {
  constructor(private readonly database: Database) {}

  /** Alerts newest first, before the given one. */
  async list(filter: {
    state: 'firing' | 'resolved' | undefined;
    cluster: string | undefined;
    before: { startsAt: string; id: string } | null;
    limit: number;
  }): Promise<StoredAlert[]> {
    const rows = await this.database.query<Row>(
      `select a.*, c.labels as cluster_labels, (select array_agg(distinct g.receiver) from alert_group g where g.key = any(a.group_keys)) as receivers
       from alert a left join cluster c on c.id = a.cluster_id
       where ($1::text is null or (a.ends_at is null) = ($1 = 'firing')) and ($2::text is null or a.labels->>'cluster' = $2) and ($3::timestamptz is null or (a.starts_at, a.id) < ($3::timestamptz, $4::uuid))
       order by a.starts_at desc, a.id desc limit $5`,
      [filter.state ?? null, filter.cluster ?? null, filter.before?.startsAt ?? null, filter.before?.id ?? null, filter.limit],
    );
    return rows.map((row) => ({
      id: row.id,
      fingerprint: row.fingerprint,
      labels: row.labels,
      annotations: row.annotations,
      clusterId: row.cluster_id,
      clusterLabels: row.cluster_labels,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      receivers: (row.receivers ?? []).sort(),
    }));
  }

  /** Raises an alert for every cluster that fell silent, resolves it for those that speak again, and every alert of those forgotten; gives the clusters concerned. */
  async watchSilence(): Promise<string[]> {
    const silent = await this.database.query<{ id: string; name: string; last_received_at: Date }>(
      `select c.id, c.name, c.last_received_at from cluster c where c.forgotten_at is null and c.last_received_at < clock_timestamp() - make_interval(secs => ${silentAlertSeconds})
         and not exists (select from alert a where a.cluster_id = c.id and a.ends_at is null and a.labels->>'alertname' = $1) limit ${silentBatch}`,
      [clusterSilentAlert],
    );
    for (const cluster of silent) {
      const labels = silentAlertLabels(cluster.name);
      const annotations = {
        summary: `cluster ${cluster.name} is silent`,
        description: `nothing was received since ${cluster.last_received_at.toISOString()}; its state is unknown since then`,
      };
      await this.database.query(
        `insert into alert (id, fingerprint, labels, annotations, cluster_id, starts_at) values ($1::uuid, $2, $3::jsonb, $4::jsonb, $5::uuid, clock_timestamp()) on conflict (fingerprint) where ends_at is null do nothing returning 1 as ok`,
        [randomUUID(), labelFingerprint(labels), JSON.stringify(labels), JSON.stringify(annotations), cluster.id],
      );
    }
    const speaking = await this.database.query<{ cluster_id: string }>(
      `update alert a set ends_at = clock_timestamp(), changed = true from cluster c where c.id = a.cluster_id and a.ends_at is null
         and (c.forgotten_at is not null or (a.labels->>'alertname' = $1 and c.last_received_at >= clock_timestamp() - make_interval(secs => ${silentAlertSeconds}))) returning a.cluster_id`,
      [clusterSilentAlert],
    );
    return [...silent.map((cluster) => cluster.id), ...speaking.map((alert) => alert.cluster_id)];
  }
}

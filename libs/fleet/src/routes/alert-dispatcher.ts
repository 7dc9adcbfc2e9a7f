import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Database } from '@flotilla/database';
import {
  commitOf,
  firstFlush,
  groupKey,
  groupLabels,
  type Integration,
  matchRoutes,
  nextFlush,
  type Receiver,
  renderWebhook,
  type Route,
  type Routing,
  type ToldAlert,
} from '@flotilla/domain';
import { ChangeFeed } from '../change-feed/index.js';
import { Outbox } from '../outbox/index.js';
import { ROUTES_OPTIONS, type RoutesOptions } from './routes.options.js';
import { RoutingDocument } from './routing-document.js';

const routeBatch = 500;
const flushBatch = 50;
/** Alerts of one group that are looked at; beyond, the newest. */
const groupAlertsMax = 2_000;

interface AlertRow {
  id: string;
  fingerprint: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  cluster_id: string | null;
  starts_at: Date;
  ends_at: Date | null;
}
interface GroupRow {
  key: string;
  route_id: string;
  receiver: string;
  group_labels: Record<string, string>;
  first_at: Date;
  last_sent_at: Date | null;
  told_firing: string[];
  told_resolved: string[];
}

/** Turns alerts into one message per group: puts them into groups by the route tree, and tells each group when its timer is due. Any number of workers may do so. */
@Injectable()
export class AlertDispatcher {
  constructor(
    private readonly database: Database,
    private readonly document: RoutingDocument,
    private readonly outbox: Outbox,
    private readonly changes: ChangeFeed,
    @Inject(ROUTES_OPTIONS) private readonly options: RoutesOptions,
  ) {}

  /** Puts alerts that changed into their groups; gives how many there were. A new group is told after its route's `group_wait`. */
  async route(): Promise<number> {
    const { route } = await this.document.routing();
    return this.database.transaction(async () => {
      const rows = await this.database.query<AlertRow>(
        `select id, fingerprint, labels, annotations, cluster_id, starts_at, ends_at from alert where changed order by starts_at limit ${routeBatch} for update skip locked`,
      );
      if (rows.length === 0) return 0;
      const now = await this.database.now();
      const groups = new Map<string, { route: Route; labels: Record<string, string>; firing: boolean }>();
      for (const alert of rows) {
        const keys: string[] = [];
        for (const match of matchRoutes(route, alert.labels)) {
          const key = groupKey(match, alert.labels);
          keys.push(key);
          groups.set(key, { route: match, labels: groupLabels(match, alert.labels), firing: alert.ends_at === null || groups.get(key)?.firing === true });
        }
        await this.database.query('update alert set changed = false, group_keys = $2::text[] where id = $1::uuid returning 1 as ok', [alert.id, keys]);
      }
      for (const [key, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
        // an alert that is over starts no group
        if (!group.firing) continue;
        await this.database.query(
          `insert into alert_group (key, route_id, receiver, group_labels, first_at, next_flush_at, told_firing, told_resolved) values ($1, $2, $3, $4::jsonb, $5::timestamptz, $6::timestamptz, '{}', '{}') on conflict (key) do nothing returning 1 as ok`,
          [key, group.route.id, group.route.receiver, JSON.stringify(group.labels), now, firstFlush(group.route, now)],
        );
      }
      this.changes.publish(
        'alerts',
        rows.map((row) => row.cluster_id).filter((id) => id !== null),
      );
      return rows.length;
    });
  }

  /** Tells the groups whose timer is due; gives how many were looked at. Message and timers are stored as one, so a group is told once. */
  async flush(): Promise<number> {
    const routing = await this.document.routing();
    return this.database.transaction(async () => {
      const now = await this.database.now();
      const groups = await this.database.query<GroupRow>(
        `select * from alert_group where next_flush_at <= $1::timestamptz order by next_flush_at limit ${flushBatch} for update skip locked`,
        [now],
      );
      for (const group of groups) await this.flushGroup(routing, group, now);
      return groups.length;
    });
  }

  private async flushGroup(routing: Routing, group: GroupRow, now: Date): Promise<void> {
    const receiver = routing.receivers.find((candidate) => candidate.name === group.receiver);
    const timers = findRoute(routing.route, group.route_id) ?? routing.route;
    const alerts = await this.membersOf(group);
    const firing = alerts.filter((alert) => alert.endsAt === null);
    const sendResolved = receiver?.integrations.some((integration) => integration.sendResolved) ?? false;
    const decision = nextFlush(
      { firstAt: group.first_at, lastSentAt: group.last_sent_at, toldFiring: group.told_firing, toldResolved: group.told_resolved },
      { firing: firing.map((alert) => alert.fingerprint), resolved: alerts.filter((alert) => alert.endsAt !== null).map((alert) => alert.fingerprint) },
      { ...timers, sendResolved },
      now,
    );
    const told = new Set([...decision.toldFiring, ...decision.toldResolved]);
    const toTell = alerts.filter((alert) => told.has(alert.fingerprint));
    if (decision.send && receiver && toTell.length > 0) await this.store(receiver, group, toTell);
    if (decision.nextFlushAt === null) {
      await this.database.query('delete from alert_group where key = $1 returning 1 as ok', [group.key]);
      return;
    }
    await this.database.query(
      'update alert_group set next_flush_at = $2::timestamptz, last_sent_at = case when $3 then $4::timestamptz else last_sent_at end, told_firing = $5::text[], told_resolved = $6::text[] where key = $1 returning 1 as ok',
      [group.key, decision.nextFlushAt, decision.send, now, decision.toldFiring, decision.toldResolved],
    );
  }

  /** The newest of each alert of the group: those firing, and those told as firing that are over. */
  private async membersOf(group: GroupRow): Promise<ToldAlert[]> {
    const rows = await this.database.query<AlertRow>(
      `select distinct on (fingerprint) id, fingerprint, labels, annotations, cluster_id, starts_at, ends_at from alert
       where group_keys @> array[$1] and (ends_at is null or ends_at >= $2::timestamptz or fingerprint = any($3::text[])) order by fingerprint, starts_at desc limit ${groupAlertsMax}`,
      [group.key, group.first_at, group.told_firing],
    );
    return this.withAuthors(rows);
  }

  private async withAuthors(rows: readonly AlertRow[]): Promise<ToldAlert[]> {
    const shas = rows.map((row) => commitOf(row.annotations['revision']));
    const commits = await this.database.query<{ sha: string; author: string; subject: string }>(
      'select distinct on (sha) sha, author, subject from mirror_commit where sha = any($1::text[])',
      [shas.filter((sha) => sha !== null)],
    );
    const bySha = new Map(commits.map((commit) => [commit.sha, commit]));
    return rows.map((row, index) => {
      const commit = bySha.get(shas[index] ?? '');
      return {
        fingerprint: row.fingerprint,
        labels: row.labels,
        annotations: row.annotations,
        startsAt: row.starts_at,
        endsAt: row.ends_at,
        author: commit?.author ?? null,
        subject: commit?.subject ?? null,
      };
    });
  }

  private async store(receiver: Receiver, group: GroupRow, alerts: readonly ToldAlert[]): Promise<void> {
    for (const [index, integration] of receiver.integrations.entries()) {
      const told = integration.sendResolved ? alerts : alerts.filter((alert) => alert.endsAt === null);
      if (told.length === 0) continue;
      const message = renderWebhook(
        { key: group.key, receiver: receiver.name, labels: group.group_labels, externalUrl: this.options.externalUrl },
        told,
        alertsMaxOf(integration),
      );
      const id = randomUUID();
      await this.database.query(
        `insert into delivery (id, receiver, integration, group_key, payload, alert_count, status, created_at) values ($1::uuid, $2, $3, $4, $5::jsonb, $6, 'pending', clock_timestamp()) returning 1 as ok`,
        [id, receiver.name, `${integration.kind}/${index}`, group.key, JSON.stringify(message), told.length],
      );
      await this.outbox.enqueue('deliver-notification', { deliveryId: id });
    }
    this.changes.publish('alerts');
  }
}

const alertsMaxOf = (integration: Integration): number => (integration.kind === 'webhook' ? integration.maxAlerts : 0);

function findRoute(route: Route, id: string): Route | null {
  if (route.id === id) return route;
  for (const child of route.routes) {
    const found = findRoute(child, id);
    if (found) return found;
  }
  return null;
}

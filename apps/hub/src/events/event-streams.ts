import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type EventTopic, eventTopics, FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type Principal, scopeOf, silentAfterMs } from '@flotilla/domain';
import { type Change, ChangeFeed } from '@flotilla/fleet/change-feed';
import { Parameters, scopeSql } from '@flotilla/fleet/clusters';
import { gauge, type Logger } from '@flotilla/observability';
import type { Response } from 'express';
import { EventViewer } from './event-viewer.js';

const viewersMax = 2_000;
const beatMs = 15_000;
const silenceTickMs = 5_000;
/** Added to what is sent again on resuming: replicas' clocks and running transactions differ by less. */
const resumeOverlapMs = 30_000;
/** Longer away than this: read again. */
const resumeMsMax = 300_000;
const resumeClustersMax = 200;
/** A timer cannot be longer. */
const timerMsMax = 2 ** 31 - 1;

const viewers = gauge('flotilla_event_viewers', 'open event streams of this replica');

/**
 * Server-sent events: what the change feed tells, fanned out to viewers within their scope. An event is a nudge to read again; losing one costs a reading,
 * never truth. That a cluster went silent is nobody's write, so each replica looks for it.
 */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly open = new Set<EventViewer>();
  private unlisten: () => void = () => undefined;
  private readonly timers: NodeJS.Timeout[] = [];
  private closing = false;

  constructor(
    private readonly database: Database,
    private readonly changes: ChangeFeed,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unlisten = await this.changes.listen((change) => this.changed(change));
    this.timers.push(
      setInterval(() => {
        for (const viewer of this.open) viewer.beat();
      }, beatMs),
      setInterval(
        () => void this.tellSilent().catch((error: unknown) => this.logger.warn({ err: error }, 'silent clusters were not looked for; the next turn does')),
        silenceTickMs,
      ),
    );
  }

  beforeApplicationShutdown(): void {
    this.closing = true;
    this.unlisten();
    for (const timer of this.timers) clearInterval(timer);
    for (const viewer of this.open) viewer.end();
  }

  /** Streams events to the response until either side ends it or the credentials expire. Errors: `unavailable` (too many viewers, stopping). */
  async stream(principal: Principal, response: Response, options: { lastEventId: string | undefined; expiresAt: Date | null }): Promise<void> {
    if (this.closing || this.open.size >= viewersMax) throw new FlotillaError('unavailable', 'this replica takes no more event streams; try again, or poll');
    response.status(200).set({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.flushHeaders();
    const viewer = new EventViewer(principal, response, (who, ids) => this.visible(who, ids));
    this.open.add(viewer);
    viewers.set(this.open.size);
    const expiry = options.expiresAt && setTimeout(() => viewer.end(), Math.min(timerMsMax, Math.max(0, options.expiresAt.getTime() - Date.now())));
    response.on('close', () => {
      if (expiry) clearTimeout(expiry);
      this.open.delete(viewer);
      viewers.set(this.open.size);
      viewer.end();
    });
    viewer.beat();
    if (options.lastEventId !== undefined) await this.resume(viewer, Number(options.lastEventId));
  }

  /** Sends again what changed since the id, less an overlap; what is too long ago, or too much, is `refresh`. */
  private async resume(viewer: EventViewer, lastId: number): Promise<void> {
    const away = Date.now() - lastId;
    if (!Number.isFinite(away) || away > resumeMsMax || away < -resumeOverlapMs) {
      viewer.add('refresh', []);
      return;
    }
    const rows = await this.database.query<{ cluster_id: string }>(
      `select distinct cluster_id from (
         select cluster_id from flux_object where received_at > clock_timestamp() - make_interval(secs => $1::float8)
         union all select id from cluster where greatest(worst_since, contested_at, created_at, revision_since) > clock_timestamp() - make_interval(secs => $1::float8)) changed limit ${resumeClustersMax + 1}`,
      [(away + resumeOverlapMs) / 1000],
    );
    if (rows.length > resumeClustersMax) viewer.add('refresh', []);
    else {
      const ids = rows.map((row) => row.cluster_id);
      if (ids.length > 0) for (const topic of ['clusters', 'objects', 'ledger'] as const) viewer.add(topic, ids);
      for (const topic of ['operations', 'rollbacks', 'alerts', 'fleet-repos'] as const) viewer.add(topic, []);
    }
  }

  private changed(change: Change): void {
    const topic: EventTopic | undefined = eventTopics.find((known) => known === change.topic);
    if (topic) for (const viewer of this.open) viewer.add(topic, change.clusterIds);
  }

  private async tellSilent(): Promise<void> {
    if (this.open.size === 0) return;
    const rows = await this.database.query<{ id: string }>(
      `select id from cluster where forgotten_at is null and last_received_at <= clock_timestamp() - interval '${silentAfterMs} milliseconds'
       and last_received_at > clock_timestamp() - interval '${silentAfterMs + 2 * silenceTickMs} milliseconds'`,
    );
    if (rows.length === 0) return;
    const ids = rows.map((row) => row.id);
    this.changed({ topic: 'clusters', clusterIds: ids });
    this.changed({ topic: 'objects', clusterIds: ids });
  }

  private async visible(principal: Principal, clusterIds: readonly string[]): Promise<readonly string[]> {
    if (scopeOf(principal, 'clusters:read').some((scope) => scope.length === 0)) return clusterIds;
    const parameters = new Parameters();
    const scope = scopeSql(principal, 'clusters:read', parameters);
    const rows = await this.database.query<{ id: string }>(
      `select c.id from cluster c where ${scope} and c.id = any(${parameters.add([...clusterIds], 'uuid[]')})`,
      parameters.values,
    );
    return rows.map((row) => row.id);
  }
}

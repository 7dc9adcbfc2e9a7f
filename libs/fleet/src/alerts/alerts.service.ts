import { Injectable } from '@nestjs/common';
import type { AlertResponse, Page, PageQuery } from '@flotilla/contracts';
import { holds, mayOn, type Principal } from '@flotilla/domain';
import { decodeCursor, encodeCursor } from '../paging/index.js';
import { AlertsRepository } from './alerts.repository.js';

@Injectable()
export class AlertsService {
  constructor(private readonly repository: AlertsRepository) {}

  /** Alerts of clusters in scope, newest first. A page may be shorter than asked for when others' alerts lie between. */
  async list(
    principal: Principal,
    query: PageQuery & { state?: 'firing' | 'resolved' | undefined; cluster?: string | undefined },
  ): Promise<Page<AlertResponse>> {
    const cursor = decodeCursor(query.cursor, ['string', 'string']);
    const found = await this.repository.list({
      state: query.state,
      cluster: query.cluster,
      before: cursor && { startsAt: cursor[0], id: cursor[1] },
      limit: query.limit + 1,
    });
    const shown = found.slice(0, query.limit);
    const last = shown.at(-1);
    const visible = shown.filter((alert) =>
      alert.clusterLabels === null
        ? holds(principal, 'alerts:read') && principal.grants.some((grant) => grant.selector.length === 0)
        : mayOn(principal, 'alerts:read', alert.clusterLabels),
    );
    return {
      items: visible.map((alert) => ({
        id: alert.id,
        fingerprint: alert.fingerprint,
        labels: alert.labels,
        annotations: alert.annotations,
        state: alert.endsAt === null ? 'firing' : 'resolved',
        startsAt: alert.startsAt.toISOString(),
        endsAt: alert.endsAt?.toISOString() ?? null,
        clusterId: alert.clusterId,
        receivers: alert.receivers,
      })),
      nextCursor: found.length > query.limit && last ? encodeCursor([last.startsAt.toISOString(), last.id]) : null,
    };
  }
}

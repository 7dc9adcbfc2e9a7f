import { Inject, Injectable } from '@nestjs/common';
import { type DeliveryResponse, FlotillaError, type Page, type PageQuery } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type Integration, type Principal, scopeOf, type WebhookMessage } from '@flotilla/domain';
import { jobs } from '@flotilla/jobs';
import { deliver } from '@flotilla/notify';
import type { Outbound } from '@flotilla/outbound';
import { ChangeFeed } from '../change-feed/index.js';
import { Parameters, scopeSql } from '../clusters/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { RoutingDocument } from './routing-document.js';

interface Row {
  id: string;
  receiver: string;
  integration: string;
  group_key: string;
  payload: WebhookMessage;
  alert_count: number;
  status: DeliveryResponse['status'];
  attempts: number;
  message: string;
  created_at: Date;
  delivered_at: Date | null;
}

/** Messages to receivers, each with a record of what became of it. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly database: Database,
    private readonly document: RoutingDocument,
    private readonly changes: ChangeFeed,
    @Inject('OUTBOUND') private readonly outbound: Outbound,
  ) {}

  /** Sends one message, unless it was delivered before. @throws FlotillaError retryable while it may still succeed */
  async send(id: string): Promise<void> {
    const [row] = await this.database.query<Row>('select * from delivery where id = $1::uuid', [id]);
    if (!row || row.status !== 'pending') return;
    const attempts = row.attempts + 1;
    try {
      const integration = await this.integrationOf(row);
      await deliver(this.outbound, integration, row.payload, id);
      await this.record(id, 'delivered', attempts, '');
    } catch (error) {
      const known = error instanceof FlotillaError ? error : null;
      const over = (known !== null && !known.retryable) || attempts >= jobs['deliver-notification'].attempts;
      await this.record(id, over ? 'failed' : 'pending', attempts, known?.message ?? 'something broke inside the hub');
      if (!over || known === null) throw error;
    }
  }

  /** Newest first: those that tell of a cluster in scope. A group key names only what all alerts of the group share, so it tells of no other. */
  async list(principal: Principal, query: PageQuery): Promise<Page<DeliveryResponse>> {
    const cursor = decodeCursor(query.cursor, ['string', 'string']);
    const parameters = new Parameters();
    const conditions = [
      scopeOf(principal, 'routes:read').some((scope) => scope.length === 0)
        ? 'true'
        : `exists (select 1 from jsonb_array_elements(d.payload -> 'alerts') a join cluster c on c.name = a ->> 'cluster' where ${scopeSql(principal, 'routes:read', parameters)})`,
    ];
    if (cursor) conditions.push(`(d.created_at, d.id) < (${parameters.add(cursor[0], 'timestamptz')}, ${parameters.add(cursor[1], 'uuid')})`);
    const rows = await this.database.query<Row>(
      `select d.* from delivery d where ${conditions.join(' and ')} order by d.created_at desc, d.id desc limit ${parameters.add(query.limit + 1, 'int')}`,
      parameters.values,
    );
    const items = rows.map((row): DeliveryResponse => ({
      id: row.id,
      receiver: row.receiver,
      integration: row.integration.split('/')[0] ?? '',
      groupKey: row.group_key,
      status: row.status,
      attempts: row.attempts,
      alerts: row.alert_count,
      message: row.message,
      createdAt: row.created_at.toISOString(),
      deliveredAt: row.delivered_at?.toISOString() ?? null,
    }));
    return pageFrom(items, query.limit, (last) => [last.createdAt, last.id]);
  }

  /** The integration as the document has it now: a corrected URL helps messages that wait. */
  private async integrationOf(row: Row): Promise<Integration> {
    const { receivers } = await this.document.routing();
    const [kind, index] = row.integration.split('/');
    const found = receivers.find((receiver) => receiver.name === row.receiver)?.integrations[Number(index)];
    if (!found || found.kind !== kind)
      throw new FlotillaError('conflict', `the receiver ${row.receiver} has no such ${kind ?? ''} integration any more`, { retryable: false });
    return found;
  }

  private async record(id: string, status: DeliveryResponse['status'], attempts: number, message: string): Promise<void> {
    await this.database.query(
      `update delivery set status = $2, attempts = $3, message = $4, delivered_at = case when $2 = 'delivered' then clock_timestamp() end where id = $1::uuid returning 1 as ok`,
      [id, status, attempts, message],
    );
    this.changes.publish('alerts');
  }
}

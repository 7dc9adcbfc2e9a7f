import { Injectable } from '@nestjs/common';
import type { ObjectKey } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type LedgerResult, messageFromEvent, type RevisionEvent } from '@flotilla/domain';

/** Words for the ledger from events of Flux; what ran where and when comes from the agent alone. */
@Injectable()
export class LedgerEnrichment {
  constructor(private readonly database: Database) {}

  /** Gives the open entry of a cluster's object the event's message where it says more; anything unknown changes nothing. Part of the running transaction. */
  async enrich(clusterId: string, object: ObjectKey, event: RevisionEvent): Promise<void> {
    const [entry] = await this.database.query<{ id: string; revision: string; result: LedgerResult; message: string }>(
      `select id, revision, result, message from ledger_entry
       where cluster_id = $1::uuid and kind = $2 and namespace = $3 and name = $4 and to_at is null order by from_at desc limit 1 for update`,
      [clusterId, object.kind, object.namespace, object.name],
    );
    const message = entry ? messageFromEvent(entry, event) : null;
    if (!entry || message === null) return;
    await this.database.query('update ledger_entry set message = $2 where id = $1::uuid and to_at is null returning 1 as ok', [entry.id, message]);
  }
}

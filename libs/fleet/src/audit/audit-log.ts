import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type AuditEntryResponse, type AuditVerifyResponse, FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { auditHashInput, type Principal } from '@flotilla/domain';

/** Who did what to which thing; `detail` never holds a secret. */
export interface AuditEvent {
  principal: Pick<Principal, 'subject' | 'requestId'>;
  /** verb of the act, `clusters:create`: the permission where there is one */
  action: string;
  outcome: 'allowed' | 'refused' | 'failed';
  /** what it was done to: `cluster/prod-eu-1` */
  subject: string;
  clusterId?: string | null;
  detail?: Record<string, unknown>;
}

const verifyBatch = 1_000;
const genesisHash = '0'.repeat(64);

interface Row {
  sequence: bigint;
  id: string;
  at: Date;
  actor: string;
  action: string;
  outcome: AuditEntryResponse['outcome'];
  subject: string;
  cluster_id: string | null;
  request_id: string | null;
  detail: Record<string, unknown>;
  previous_hash: string;
  hash: string;
}

/**
 * The audit chain: `hash = SHA-256(previous ‖ canonical JSON)`. `append` is the last statement of the running transaction, so the act and its
 * entry are one: a write whose entry cannot be written does not happen.
 */
@Injectable()
export class AuditLog {
  constructor(private readonly database: Database) {}

  async append(event: AuditEvent): Promise<void> {
    await this.database.lastly(async () => {
      const [head] = await this.database.query<{ sequence: bigint; hash: string; now: Date }>(
        'select sequence, hash, clock_timestamp()::timestamptz(3) as now from audit_head where id = 1 for update',
      );
      if (!head) throw new FlotillaError('audit-broken', 'the audit chain has no head; restore the database from a backup');
      const entry = {
        sequence: Number(head.sequence) + 1,
        id: randomUUID(),
        at: head.now.toISOString(),
        actor: event.principal.subject,
        action: event.action,
        outcome: event.outcome,
        subject: event.subject,
        clusterId: event.clusterId ?? null,
        requestId: event.principal.requestId,
        detail: event.detail ?? {},
      };
      const hash = sha256(auditHashInput(head.hash, entry));
      await this.database.query(
        `with added as (
           insert into audit_entry (sequence, id, at, actor, action, outcome, subject, cluster_id, request_id, detail, previous_hash, hash)
           values ($1, $2::uuid, $3::timestamptz, $4, $5, $6, $7, $8::uuid, $9, $10::jsonb, $11, $12) returning sequence, hash)
         update audit_head set sequence = added.sequence, hash = added.hash from added where audit_head.id = 1 returning 1 as ok`,
        [
          entry.sequence,
          entry.id,
          entry.at,
          entry.actor,
          entry.action,
          entry.outcome,
          entry.subject,
          entry.clusterId,
          entry.requestId,
          JSON.stringify(entry.detail),
          head.hash,
          hash,
        ],
      );
    });
  }

  /** Entries newest first, before `beforeSequence`. */
  async list(filter: {
    limit: number;
    beforeSequence: number | null;
    action?: string | undefined;
    actor?: string | undefined;
    clusterId?: string | undefined;
  }): Promise<AuditEntryResponse[]> {
    const rows = await this.database.query<Row>(
      `select * from audit_entry
       where ($1::bigint is null or sequence < $1) and ($2::text is null or action = $2) and ($3::text is null or actor = $3) and ($4::uuid is null or cluster_id = $4)
       order by sequence desc limit $5`,
      [filter.beforeSequence, filter.action ?? null, filter.actor ?? null, filter.clusterId ?? null, filter.limit],
    );
    return rows.map(toEntry);
  }

  /** Reads the whole chain in batches and recomputes every link; bounded memory. */
  async verify(): Promise<AuditVerifyResponse> {
    let previous = genesisHash;
    let sequence = 0;
    const broken = (brokenAt: number, message: string): AuditVerifyResponse => ({ ok: false, entries: sequence, head: previous, brokenAt, message });
    for (;;) {
      const rows = await this.database.query<Row>('select * from audit_entry where sequence > $1 order by sequence limit $2', [sequence, verifyBatch]);
      for (const row of rows) {
        const entry = toEntry(row);
        if (entry.sequence !== sequence + 1) return broken(sequence + 1, `entry ${sequence + 1} is missing`);
        if (entry.previousHash !== previous) return broken(entry.sequence, `entry ${entry.sequence} does not follow the one before it`);
        if (sha256(auditHashInput(previous, entry)) !== entry.hash) return broken(entry.sequence, `entry ${entry.sequence} was changed`);
        previous = entry.hash;
        sequence = entry.sequence;
      }
      if (rows.length < verifyBatch) break;
    }
    // entries appended since the last batch are fine; a head that is behind, differs, or has no entry after it is not
    const [head] = await this.database.query<{ sequence: bigint; hash: string; next: boolean }>(
      'select sequence, hash, exists (select 1 from audit_entry e where e.sequence = $1) as next from audit_head where id = 1',
      [sequence + 1],
    );
    if (!head || Number(head.sequence) < sequence) return broken(sequence, 'the head of the chain is behind its entries');
    if (Number(head.sequence) === sequence && head.hash !== previous) return broken(sequence, 'the head of the chain does not fit its last entry');
    if (Number(head.sequence) > sequence && !head.next) return broken(sequence + 1, `entry ${sequence + 1} is missing`);
    return { ok: true, entries: sequence, head: previous, brokenAt: null, message: `${sequence} entries, every link holds` };
  }
}

function toEntry(row: Row): AuditEntryResponse {
  return {
    sequence: Number(row.sequence),
    id: row.id,
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    outcome: row.outcome,
    subject: row.subject,
    clusterId: row.cluster_id,
    requestId: row.request_id,
    detail: row.detail,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

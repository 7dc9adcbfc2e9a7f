import { createHash } from 'node:crypto';
import { type ObjectKey, objectKeyText, type ObjectStatus } from '@flotilla/contracts';
import {
  type ClusterRollup,
  digestOf,
  isLedgerObject,
  type LedgerFact,
  ledgerStep,
  type ObjectAssessment,
  objectState,
  type OpenInterval,
  rollup,
  type RollupObject,
  rollupObject,
  shaOf,
} from '@flotilla/domain';
import { newId } from '@flotilla/database';
import type { ObjectCondition, ObjectTransition } from '../objects/index.js';

/** What a hub keeps of each object of a connected cluster: enough for rollup, digest, transitions and ledger. */
interface KnownObject extends RollupObject {
  readonly resourceVersion: string;
  readonly reason: string;
  readonly attempted: string | null;
  readonly interval: OpenInterval | null;
  /** `sha digest` of the inventory recorded last by this connection */
  readonly sighted: string | null;
}

export interface ObjectRow {
  readonly status: ObjectStatus;
  readonly assessment: ObjectAssessment;
}
export interface IntervalRow extends LedgerFact {
  readonly id: string;
  readonly object: ObjectKey;
}
export interface InventorySighting {
  readonly object: ObjectKey;
  readonly sha: string;
  readonly digest: string;
  readonly items: readonly string[];
}

/** What has to be written for one cluster: the newest state of each object touched since the last batch. */
export interface ClusterBatch {
  readonly upserts: readonly ObjectRow[];
  readonly deletes: readonly ObjectKey[];
  readonly opened: readonly IntervalRow[];
  /** results of intervals that are stored already */
  readonly amended: readonly IntervalRow[];
  readonly closed: readonly string[];
  readonly transitions: readonly ObjectTransition[];
  readonly sightings: readonly InventorySighting[];
  readonly rollup: ClusterRollup;
}

/**
 * The state of one cluster as its authoritative connection sees it, in memory: takes statuses, gives batches to write. Fencing makes it the only writer
 * of the cluster's rows, so what it knows is what is stored plus what it has not given out yet.
 */
export class ClusterView {
  private readonly objects = new Map<string, KnownObject>();
  private readonly upserts = new Map<string, ObjectRow>();
  private readonly deletes = new Map<string, ObjectKey>();
  private readonly opened = new Map<string, IntervalRow>();
  private readonly amended = new Map<string, IntervalRow>();
  private readonly closed = new Set<string>();
  private readonly sightings = new Map<string, InventorySighting>();
  /** condition of each touched object before the batch */
  private readonly before = new Map<string, ObjectCondition | null>();
  /** while a snapshot is received: what it named so far */
  private named: Set<string> | null = null;

  constructor(private readonly clusterId: string) {}

  /** Takes what the database holds, before any frame. */
  load(statuses: Iterable<ObjectStatus>, intervals: ReadonlyMap<string, OpenInterval>): void {
    for (const status of statuses) {
      const key = objectKeyText(status);
      this.objects.set(key, known(status, objectState(status), intervals.get(key) ?? null, null));
    }
    // intervals whose object is gone without a word (a crash between) are closed with the next batch
    for (const [key, interval] of intervals) if (!this.objects.has(key)) this.closed.add(interval.id);
  }

  get size(): number {
    return this.objects.size;
  }

  /** Rows that wait to be written. */
  get pendingRows(): number {
    return this.upserts.size + this.deletes.size;
  }

  digest(): string {
    return digestOf(this.objects.values());
  }

  /** A snapshot begins: what it does not name until `endSnapshot` is gone. */
  startSnapshot(): void {
    this.named = new Set();
  }

  /** The snapshot is complete; only now is absence an instruction, and only to forget (invariant 1). */
  endSnapshot(): void {
    const named = this.named;
    this.named = null;
    if (!named) return;
    for (const [text, object] of this.objects) if (!named.has(text)) this.remove(object);
  }

  upsert(status: ObjectStatus): void {
    const text = objectKeyText(status);
    this.named?.add(text);
    const assessment = objectState(status);
    const previous = this.objects.get(text);
    this.remember(text, previous);
    const interval = isLedgerObject(status) ? this.stepLedger(previous?.interval ?? null, status) : this.closeInterval(previous?.interval ?? null);
    const sighted = this.sight(text, status, assessment, previous?.sighted ?? null);
    this.objects.set(text, known(status, assessment, interval, sighted));
    this.upserts.set(text, { status, assessment });
    this.deletes.delete(text);
  }

  remove(key: ObjectKey): void {
    const text = objectKeyText(key);
    this.named?.delete(text);
    const previous = this.objects.get(text);
    this.remember(text, previous);
    this.closeInterval(previous?.interval ?? null);
    this.objects.delete(text);
    this.upserts.delete(text);
    this.sightings.delete(text);
    this.deletes.set(text, { kind: key.kind, namespace: key.namespace, name: key.name });
  }

  /** Hands over everything that waits, and forgets that it waited. */
  takeBatch(): ClusterBatch {
    const batch: ClusterBatch = {
      upserts: [...this.upserts.values()],
      deletes: [...this.deletes.values()],
      opened: [...this.opened.values()],
      amended: [...this.amended.values()],
      closed: [...this.closed],
      transitions: this.transitions(),
      sightings: [...this.sightings.values()],
      rollup: rollup(this.objects.values()),
    };
    for (const pending of [this.upserts, this.deletes, this.opened, this.amended, this.closed, this.sightings, this.before]) pending.clear();
    return batch;
  }

  private transitions(): ObjectTransition[] {
    const found: ObjectTransition[] = [];
    for (const [text, from] of this.before) {
      const object = this.objects.get(text);
      const to = object ? conditionOf(object) : null;
      const key = object ?? this.deletes.get(text);
      if (key && !sameCondition(from, to))
        found.push({ clusterId: this.clusterId, object: { kind: key.kind, namespace: key.namespace, name: key.name }, from, to });
    }
    return found;
  }

  private remember(text: string, previous: KnownObject | undefined): void {
    if (!this.before.has(text)) this.before.set(text, previous ? conditionOf(previous) : null);
  }

  private stepLedger(open: OpenInterval | null, status: ObjectStatus): OpenInterval | null {
    const step = ledgerStep(open, status);
    if (step.kind === 'none') return open;
    const object = { kind: status.kind, namespace: status.namespace, name: status.name };
    if (step.kind === 'amend' && open) {
      const row = { ...step.fact, id: open.id, revision: open.revision, object };
      if (this.opened.has(open.id)) this.opened.set(open.id, row);
      else this.amended.set(open.id, row);
      return row;
    }
    this.closeInterval(open);
    const row = { ...step.fact, id: newId(), object };
    this.opened.set(row.id, row);
    return row;
  }

  private closeInterval(open: OpenInterval | null): null {
    if (open) this.closed.add(open.id);
    return null;
  }

  /** Records the inventory of a Kustomization that is at a revision; gives what was recorded last. */
  private sight(text: string, status: ObjectStatus, { state }: ObjectAssessment, last: string | null): string | null {
    const sha = shaOf(status.revision);
    if (status.kind !== 'Kustomization' || !status.inventory || !sha) return last;
    // while another revision is tried the inventory may be half of each
    if ((state !== 'ready' && state !== 'applied') || (status.attemptedRevision !== undefined && shaOf(status.attemptedRevision) !== sha)) return last;
    const items = [...status.inventory].sort();
    const digest = createHash('sha256').update(items.join('\n')).digest('hex');
    const sighted = `${sha} ${digest}`;
    if (sighted !== last) this.sightings.set(text, { object: { kind: status.kind, namespace: status.namespace, name: status.name }, sha, items, digest });
    return sighted;
  }
}

function known(status: ObjectStatus, assessment: ObjectAssessment, interval: OpenInterval | null, sighted: string | null): KnownObject {
  return {
    ...rollupObject(status, assessment),
    sighted,
    resourceVersion: status.resourceVersion,
    reason: assessment.reason,
    attempted: status.attemptedRevision ?? null,
    interval: interval && { id: interval.id, revision: interval.revision, result: interval.result, stage: interval.stage },
  };
}

function conditionOf(object: KnownObject): ObjectCondition {
  return { state: object.state, stage: object.stage, reason: object.reason, message: object.message, revision: object.revision, attempted: object.attempted };
}

function sameCondition(a: ObjectCondition | null, b: ObjectCondition | null): boolean {
  return a === b || (a !== null && b !== null && a.state === b.state && a.stage === b.stage && a.revision === b.revision && a.attempted === b.attempted);
}

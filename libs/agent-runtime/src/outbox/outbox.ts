import { frameBytesMax, frameObjectsMax, objectKeyText, type ObjectKey, type ObjectStatus } from '@flotilla/contracts/agent';
import { digestOf } from '@flotilla/domain/stream';

/** Frames sent and not acked before deltas wait. What changes meanwhile is coalesced, so a slow hub costs no memory. */
export const framesInFlightMax = 8;
/** Room for the envelope within the longest frame. */
const payloadBytesMax = frameBytesMax - 4096;

/** A data frame as it goes on the wire, `text` being its JSON. */
export interface OutboxFrame {
  readonly sequence: number;
  readonly text: string;
  /** objects and deletes it carries */
  readonly objects: number;
}

interface InFlight {
  readonly sequence: number;
  readonly keys: readonly string[];
  readonly snapshotEnd: boolean;
}

/** What the hub said when it took the connection. */
export interface Resume {
  readonly snapshot: boolean;
  readonly resumeAfter: number;
}

/**
 * What the hub does not have yet. It keeps the newest status of each object until a frame that carries it is acked, never a log: its memory is
 * bounded by the objects of the cluster. It knows no clock and no socket: `next()` gives frames for as long as there is something to send and room in
 * the window. Frames are numbered from 1 within an epoch; after a reconnect the numbers go on from what the hub has applied.
 */
export class Outbox {
  private readonly objects = new Map<string, ObjectStatus>();
  /** keys whose newest state is not in a frame yet */
  private readonly dirty = new Map<string, ObjectKey>();
  private inFlight: InFlight[] = [];
  private sequence = 0;
  private snapshot: { keys: string[]; started: boolean } | undefined;
  private synced = false;

  /** @param epoch random uuid of this start of the agent */
  constructor(readonly epoch: string) {}

  get size(): number {
    return this.objects.size;
  }

  /** Number of the last frame made in this epoch. */
  get lastSequence(): number {
    return this.sequence;
  }

  /** Says that every kind was listed once. Before, absence means nothing, so nothing is sent. */
  markSynced(): void {
    this.synced = true;
  }

  /** Takes the newest status of an object; the same version again changes nothing. */
  upsert(status: ObjectStatus): boolean {
    const key = objectKeyText(status);
    const known = this.objects.get(key);
    if (known?.uid === status.uid && known.resourceVersion === status.resourceVersion) return false;
    this.objects.set(key, status);
    this.dirty.set(key, { kind: status.kind, namespace: status.namespace, name: status.name });
    return true;
  }

  /** Takes note that an object is gone from the cluster. */
  remove(key: ObjectKey): boolean {
    const text = objectKeyText(key);
    if (!this.objects.delete(text)) return false;
    this.dirty.set(text, { kind: key.kind, namespace: key.namespace, name: key.name });
    return true;
  }

  /** Digest of the objects as they are now. */
  digest(): string {
    return digestOf(this.objects.values());
  }

  /** Digest to open a connection with; empty while not every kind was listed, so that the hub asks for a snapshot. */
  openingDigest(): string {
    return this.synced ? this.digest() : '';
  }

  /** Whether the hub, once it has applied every frame sent, holds exactly `digest()`. */
  get isSettled(): boolean {
    return this.synced && this.snapshot === undefined && this.dirty.size === 0;
  }

  /** Goes on after a reconnect: frames up to `resumeAfter` are applied, later ones are lost and their objects are sent again, newest state first known. */
  resume({ snapshot, resumeAfter }: Resume): void {
    const lost = this.inFlight.filter((frame) => frame.sequence > resumeAfter);
    // a snapshot counts only as a whole
    const snapshotCut = this.snapshot?.started === true || lost.some((frame) => frame.snapshotEnd);
    this.inFlight = [];
    this.sequence = resumeAfter;
    if (snapshot || snapshotCut || this.snapshot) {
      this.requestSnapshot();
      return;
    }
    for (const frame of lost) for (const text of frame.keys) this.markDirty(text);
  }

  /** Sends everything again from the start. */
  requestSnapshot(): void {
    this.snapshot = { keys: [], started: false };
    this.inFlight = [];
  }

  /** Everything up to `sequence` is stored by the hub. */
  ack(sequence: number): void {
    this.inFlight = this.inFlight.filter((frame) => frame.sequence > sequence);
  }

  /** The next frame to send, or undefined when there is nothing to send or the window is full. */
  next(): OutboxFrame | undefined {
    if (!this.synced) return undefined;
    // a hub may ack a snapshot only as a whole, so the window does not hold it up
    if (this.snapshot) return this.nextSnapshotFrame(this.snapshot);
    return this.dirty.size > 0 && this.inFlight.length < framesInFlightMax ? this.nextDeltas() : undefined;
  }

  private nextSnapshotFrame(snapshot: { keys: string[]; started: boolean }): OutboxFrame {
    const start = !snapshot.started;
    if (start) {
      snapshot.keys = [...this.objects.keys()].reverse();
      snapshot.started = true;
      // the snapshot carries the newest state of all; what changes from here on is sent after it
      this.dirty.clear();
    }
    const sent: string[] = [];
    const texts: string[] = [];
    let bytes = 0;
    while (sent.length < frameObjectsMax) {
      const key = snapshot.keys.at(-1);
      if (key === undefined) break;
      const status = this.objects.get(key);
      const text = status === undefined ? undefined : JSON.stringify(status);
      const length = text === undefined ? 0 : Buffer.byteLength(text);
      if (sent.length > 0 && bytes + length > payloadBytesMax) break;
      snapshot.keys.pop();
      // gone since: its delete follows as a delta, which does no harm
      if (text === undefined) continue;
      this.dirty.delete(key);
      texts.push(text);
      sent.push(key);
      bytes += length + 1;
    }
    const end = snapshot.keys.length === 0;
    if (end) this.snapshot = undefined;
    return this.frame(`"type":"snapshot"`, `"objects":[${texts.join(',')}],"start":${String(start)},"end":${String(end)}`, sent, end);
  }

  private nextDeltas(): OutboxFrame {
    const sent: string[] = [];
    const upserts: string[] = [];
    const deletes: string[] = [];
    let bytes = 0;
    for (const [text, key] of this.dirty) {
      if (upserts.length >= frameObjectsMax || deletes.length >= frameObjectsMax) break;
      const status = this.objects.get(text);
      const json = JSON.stringify(status ?? key);
      const length = Buffer.byteLength(json);
      if (sent.length > 0 && bytes + length > payloadBytesMax) break;
      (status === undefined ? deletes : upserts).push(json);
      sent.push(text);
      bytes += length + 1;
    }
    for (const key of sent) this.dirty.delete(key);
    return this.frame(`"type":"deltas"`, `"upserts":[${upserts.join(',')}],"deletes":[${deletes.join(',')}]`, sent, false);
  }

  private frame(type: string, payload: string, keys: readonly string[], snapshotEnd: boolean): OutboxFrame {
    this.sequence += 1;
    this.inFlight.push({ sequence: this.sequence, keys, snapshotEnd });
    return { sequence: this.sequence, objects: keys.length, text: `{"v":1,${type},"epoch":"${this.epoch}","sequence":${this.sequence},${payload}}` };
  }

  private markDirty(text: string): void {
    const status = this.objects.get(text);
    const [kind = '', namespace = '', name = ''] = text.split('/');
    this.dirty.set(text, status ? { kind: status.kind, namespace: status.namespace, name: status.name } : { kind, namespace, name });
  }
}

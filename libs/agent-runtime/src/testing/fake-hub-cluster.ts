import { objectKeyText, type AgentMessage, type HubMessage, type ObjectStatus } from '@flotilla/contracts/agent';
import { digestOf } from '@flotilla/domain/stream';

type Reply = Extract<HubMessage, { type: 'ack' | 'snapshot.request' }>;
type Hello = Extract<AgentMessage, { type: 'hello' }>;

/** What a hub stores of one cluster, with the protocol's rules: frames apply in order or not at all, a snapshot as a whole, acks after storing. */
export class FakeHubCluster {
  private epoch = '';
  private applied = 0;
  private stored = new Map<string, ObjectStatus>();
  private staging: Map<string, ObjectStatus> | undefined;
  private stagedSequence = 0;
  snapshots = 0;
  snapshotRequests = 0;

  get objects(): ReadonlyMap<string, ObjectStatus> {
    return this.stored;
  }

  /** As a restored backup: it remembers neither objects nor where the stream stood. */
  forget(): void {
    this.epoch = '';
    this.applied = 0;
    this.stored = new Map();
    this.staging = undefined;
  }

  /** Replaces what is stored of an object, as a bug or a broken disk would. */
  corrupt(status: ObjectStatus): void {
    this.stored.set(objectKeyText(status), status);
  }

  /** The hub's answer to hello. */
  welcome(hello: Pick<Hello, 'epoch' | 'digest'>): { snapshot: boolean; resumeAfter: number } {
    this.staging = undefined;
    if (hello.epoch === this.epoch) return { snapshot: false, resumeAfter: this.applied };
    const same = hello.digest !== '' && hello.digest === digestOf(this.stored.values());
    this.epoch = hello.epoch;
    this.applied = 0;
    return { snapshot: !same, resumeAfter: 0 };
  }

  /** Takes a message of the agent, gives the replies in order. */
  take(message: AgentMessage): Reply[] {
    if (message.type === 'digest') {
      const differs = message.sequence === this.applied && message.digest !== digestOf(this.stored.values());
      return differs ? [this.ask('the digest differs')] : [];
    }
    if (message.type !== 'snapshot' && message.type !== 'deltas') return [];
    if (message.epoch !== this.epoch) return [this.ask('another epoch')];
    if (message.type === 'deltas') {
      if (message.sequence <= this.applied) return [this.ack(this.applied)];
      if (message.sequence !== this.applied + 1) return [this.ask('a gap')];
      for (const status of message.upserts) this.stored.set(objectKeyText(status), status);
      for (const key of message.deletes) this.stored.delete(objectKeyText(key));
      this.applied = message.sequence;
      return [this.ack(message.sequence)];
    }
    if (message.start) this.staging = new Map();
    else if (!this.staging || message.sequence !== this.stagedSequence + 1) return [this.ask('a gap in the snapshot')];
    this.stagedSequence = message.sequence;
    const staging = this.staging ?? new Map<string, ObjectStatus>();
    for (const status of message.objects) staging.set(objectKeyText(status), status);
    if (!message.end) return [];
    this.stored = staging;
    this.staging = undefined;
    this.applied = message.sequence;
    this.snapshots += 1;
    return [this.ack(message.sequence)];
  }

  private ack(sequence: number): Reply {
    return { v: 1, type: 'ack', epoch: this.epoch, sequence };
  }

  private ask(reason: string): Reply {
    this.snapshotRequests += 1;
    return { v: 1, type: 'snapshot.request', reason };
  }
}

import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentIdentity, enrol, HubConnection, MemoryIdentityStore, type AgentLogger } from '@flotilla/agent-runtime';
import type { AgentFacts, ObjectStatus } from '@flotilla/contracts/agent';
import { MeasuredOutbox, type LoadCounts } from './measured-outbox.js';
import { syntheticObject } from './synthetic-object.js';

export interface LoadFleetOptions {
  readonly hubUrl: string;
  /** one join token per connection, each of a cluster of its own */
  readonly joinTokens: readonly string[];
  readonly objectsPerCluster: number;
  /** whether each change is of the revision too (a roll out everywhere at once), or of the status alone (what most changes are); default: of the revision too */
  readonly sameRevision?: boolean;
  readonly log: AgentLogger;
}

export interface LoadResult {
  readonly seconds: number;
  /** objects acked in that time */
  readonly acked: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
}

const enrolmentsAtOnce = 16;
const facts: AgentFacts = { agentVersion: '0.1.0', kubernetesVersion: 'v1.36.3', clusterUid: '', readOnly: true };

interface Member {
  readonly outbox: MeasuredOutbox;
  readonly connection: HubConnection;
}

/** Many connections with the agent's own outbox and connection code, and objects that are made up: load without clusters. */
export class LoadFleet {
  private readonly counts: LoadCounts = { acked: 0, ackMs: [] };
  private readonly members: Member[] = [];
  private readonly running: Promise<void>[] = [];
  private readonly stop = new AbortController();
  private version = 1;
  /** while set, a connection whose window emptied gets new changes at once */
  private changesPerAck = 0;
  /** see `LoadFleetOptions.sameRevision`; may be set between runs */
  sameRevision: boolean;

  private constructor(private readonly options: LoadFleetOptions) {
    this.sameRevision = options.sameRevision ?? false;
  }

  /** Enrols and connects all; resolves when the hub holds every object. */
  static async start(options: LoadFleetOptions, timeoutMs: number): Promise<LoadFleet> {
    const fleet = new LoadFleet(options);
    const tokens = [...options.joinTokens];
    await Promise.all(
      Array.from({ length: enrolmentsAtOnce }, async () => {
        for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) await fleet.add(token);
      }),
    );
    for (const { connection } of fleet.members) fleet.running.push(connection.run(fleet.stop.signal));
    await fleet.delivered(timeoutMs);
    return fleet;
  }

  get connections(): number {
    return this.members.length;
  }

  /** Changes `objects` objects on every connection once, and waits until all are acked. */
  async burst(objects: number, timeoutMs: number): Promise<LoadResult> {
    const started = this.reset();
    for (const member of this.members) this.change(member, objects);
    await this.delivered(timeoutMs);
    return this.result(started);
  }

  /** Keeps `objects` changed objects under way on every connection for `ms`: the most the hub takes. */
  async saturate(objects: number, ms: number, timeoutMs: number): Promise<LoadResult> {
    const started = this.reset();
    this.changesPerAck = objects;
    for (const member of this.members) this.change(member, objects);
    await sleep(ms);
    const result = this.result(started);
    this.changesPerAck = 0;
    await this.delivered(timeoutMs);
    return result;
  }

  async close(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.running);
  }

  private async add(token: string): Promise<void> {
    const { hubUrl, log } = this.options;
    const identity = await AgentIdentity.load(new MemoryIdentityStore());
    const own = { ...facts, clusterUid: randomUUID() };
    const enrolment = await enrol(identity, { hubUrl, hubCa: undefined, token, tokenHash: createHash('sha256').update(token).digest('hex'), facts: own });
    const outbox: MeasuredOutbox = new MeasuredOutbox(randomUUID(), this.counts, () => {
      if (this.changesPerAck > 0 && outbox.isDelivered) this.change(member, this.changesPerAck);
    });
    const connection = new HubConnection({
      hubUrl,
      hubCa: undefined,
      privateKey: identity.privateKey,
      clusterId: enrolment.clusterId,
      incarnation: enrolment.incarnation,
      outbox,
      log,
      facts: () => own,
      onCommand: () => undefined,
      onCommandKeys: () => undefined,
      timing: { deltaBatchMs: 0, digestMs: 600_000, backoffScale: 1 },
      random: Math.random,
      now: () => new Date(),
    });
    const member: Member = { outbox, connection };
    for (let index = 0; index < this.options.objectsPerCluster; index += 1) outbox.upsert(this.synthetic(index, new Date()));
    outbox.markSynced();
    this.members.push(member);
  }

  private synthetic(index: number, now: Date): ObjectStatus {
    return syntheticObject(index, this.version, now, this.sameRevision ? 1 : this.version);
  }

  private change({ outbox, connection }: Member, objects: number): void {
    this.version += 1;
    const now = new Date();
    for (let count = 0; count < objects; count += 1) outbox.upsert(this.synthetic((this.version + count) % this.options.objectsPerCluster, now));
    connection.changed();
  }

  private async delivered(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!this.members.every(({ outbox, connection }) => connection.isConnected && outbox.isDelivered)) {
      if (Date.now() > deadline) {
        const missing = this.members.filter(({ outbox, connection }) => !(connection.isConnected && outbox.isDelivered)).length;
        throw new Error(`${missing} of ${this.members.length} connections have not delivered everything within ${timeoutMs} ms`);
      }
      await sleep(5);
    }
  }

  private reset(): number {
    this.counts.acked = 0;
    this.counts.ackMs.length = 0;
    return performance.now();
  }

  private result(started: number): LoadResult {
    const sorted = [...this.counts.ackMs].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { seconds: (performance.now() - started) / 1000, acked: this.counts.acked, ackP50Ms: at(0.5), ackP99Ms: at(0.99) };
  }
}

import { Outbox } from '@flotilla/agent-runtime';
import { FakeHubCluster } from '@flotilla/agent-runtime/testing';
import { agentMessage, objectKeyText, type ObjectStatus } from '@flotilla/contracts/agent';
import { digestOf } from '@flotilla/domain/stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const epochs = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000003'] as const;

/** One thing that can happen between a cluster, its agent and the hub. */
type Step =
  | { readonly do: 'write' | 'delete'; readonly object: number }
  | { readonly do: 'send'; readonly frames: number }
  | { readonly do: 'deliver'; readonly messages: number }
  | { readonly do: 'hear'; readonly replies: number }
  | { readonly do: 'repeat' | 'reconnect' | 'restart' | 'restore' | 'sync' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), object: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), object: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), frames: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), messages: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('hear' as const), replies: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'repeat' }, { do: 'reconnect' }, { do: 'sync' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'restart' }, { do: 'restore' }) },
);

/** A cluster, its agent and the hub, with a wire in between that keeps order but can break at any moment. */
class World {
  readonly truth = new Map<string, ObjectStatus>();
  readonly hub = new FakeHubCluster();
  outbox = new Outbox(epochs[0]);
  private starts = 0;
  private version = 0;
  private toHub: string[] = [];
  private toAgent: ReturnType<FakeHubCluster['take']> = [];
  private lastDelivered: string | undefined;

  constructor() {
    this.reconnect();
  }

  apply(given: Step): void {
    switch (given.do) {
      case 'write':
        this.write(given.object);
        return;
      case 'delete': {
        const key = { kind: 'Kustomization', namespace: 'apps', name: `object-${given.object}` };
        this.truth.delete(objectKeyText(key));
        this.outbox.remove(key);
        return;
      }
      case 'send':
        for (let count = 0; count < given.frames; count += 1) {
          const frame = this.outbox.next();
          if (frame) this.toHub.push(frame.text);
        }
        return;
      case 'deliver':
        for (const text of this.toHub.splice(0, given.messages)) this.deliver(text);
        return;
      case 'hear':
        for (const reply of this.toAgent.splice(0, given.replies)) {
          if (reply.type === 'ack') this.outbox.ack(reply.sequence);
          else this.outbox.requestSnapshot();
        }
        return;
      case 'repeat':
        if (this.lastDelivered !== undefined) this.deliver(this.lastDelivered);
        return;
      case 'reconnect':
        this.reconnect();
        return;
      case 'restart':
        this.starts += 1;
        this.outbox = new Outbox(epochs[this.starts % epochs.length] ?? epochs[0]);
        for (const status of this.truth.values()) this.outbox.upsert(status);
        this.reconnect();
        return;
      case 'restore':
        this.hub.forget();
        this.reconnect();
        return;
      case 'sync':
        this.outbox.markSynced();
    }
  }

  /** The agent compares digests, as it does every ten minutes. */
  compare(): void {
    this.toHub.push(JSON.stringify({ v: 1, type: 'digest', epoch: this.outbox.epoch, sequence: this.outbox.lastSequence, digest: this.outbox.digest() }));
    this.settle();
  }

  /** Lets everything in flight arrive. */
  settle(): void {
    this.outbox.markSynced();
    for (let round = 0; round < 50; round += 1) {
      this.apply({ do: 'send', frames: 100 });
      this.apply({ do: 'deliver', messages: 100 });
      if (this.toAgent.length === 0 && this.toHub.length === 0 && this.outbox.isSettled) return;
      this.apply({ do: 'hear', replies: 100 });
    }
    throw new Error('the stream does not come to rest');
  }

  private write(object: number): void {
    this.version += 1;
    const status = aStatus(`object-${object}`, this.version);
    this.truth.set(objectKeyText(status), status);
    this.outbox.upsert(status);
  }

  private deliver(text: string): void {
    this.lastDelivered = text;
    this.toAgent.push(...this.hub.take(agentMessage.parse(JSON.parse(text))));
  }

  private reconnect(): void {
    this.toHub = [];
    this.toAgent = [];
    this.lastDelivered = undefined;
    this.outbox.resume(this.hub.welcome({ epoch: this.outbox.epoch, digest: this.outbox.openingDigest() }));
  }
}

function aStatus(name: string, version: number): ObjectStatus {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'apps',
    name,
    uid: 'u',
    generation: version,
    resourceVersion: String(version),
    labels: {},
    suspended: false,
    conditions: [],
    observedAt: '2026-01-01T00:00:00.000Z',
  };
}

describe('agent stream', () => {
  it("the hub's view converges to the cluster's, whatever breaks, repeats or restarts on the way", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 60, size: 'max' }), (warm, steps) => {
        const world = new World();
        // from the first connection on, or from a stream that runs already
        if (warm) world.settle();
        for (const given of steps) world.apply(given);
        world.settle();
        expect(new Map(world.hub.objects)).toEqual(world.truth);
        expect(digestOf(world.hub.objects.values())).toBe(world.outbox.digest());
      }),
      { numRuns: 1000 },
    );
  });

  it('finds by the digest what the hub lost or changed in silence', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 9 }), (steps, object) => {
        const world = new World();
        for (const given of steps) world.apply(given);
        world.settle();
        const requests = world.hub.snapshotRequests;
        world.hub.corrupt(aStatus(`object-${object}`, 1_000_000));
        world.compare();
        expect(new Map(world.hub.objects)).toEqual(world.truth);
        expect(world.hub.snapshotRequests).toBe(requests + 1);
      }),
    );
  });

  it('never lets the hub hold an object the cluster did not have at some time, nor take an unlisted cluster for an empty one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        const everHad = new Set<string>();
        let synced = false;
        for (const given of steps) {
          world.apply(given);
          for (const [key, status] of world.truth) everHad.add(`${key} ${status.resourceVersion}`);
          synced ||= given.do === 'sync';
          if (!synced) expect(world.hub.objects.size).toBe(0);
          for (const [key, status] of world.hub.objects) expect(everHad).toContain(`${key} ${status.resourceVersion}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps one status per object however many changes wait', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 300 }), (writes) => {
        const outbox = new Outbox(epochs[0]);
        outbox.resume({ snapshot: false, resumeAfter: 0 });
        outbox.markSynced();
        for (const [index, object] of writes.entries()) outbox.upsert(aStatus(`object-${object}`, index));
        const frame = agentMessage.parse(JSON.parse(outbox.next()?.text ?? ''));
        expect(frame.type === 'deltas' && frame.upserts.length).toBe(new Set(writes).size);
        expect(outbox.next()).toBeUndefined();
      }),
    );
  });
});

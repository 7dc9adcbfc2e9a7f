import { agentMessage, frameBytesMax, frameObjectsMax, type AgentMessage, type ObjectStatus } from '@flotilla/contracts/agent';
import { describe, expect, it } from 'vitest';
import { framesInFlightMax, Outbox } from './outbox.js';

const epoch = '00000000-0000-4000-8000-000000000001';

function aStatus(name: string, resourceVersion = '1', inventory?: string[]): ObjectStatus {
  return {
    apiVersion: 'v1',
    kind: 'Kustomization',
    namespace: 'n',
    name,
    uid: 'u',
    generation: 1,
    resourceVersion,
    labels: {},
    suspended: false,
    conditions: [],
    observedAt: '2026-01-01T00:00:00.000Z',
    ...(inventory ? { inventory } : {}),
  };
}

function drain(outbox: Outbox): AgentMessage[] {
  const found: AgentMessage[] = [];
  for (let frame = outbox.next(); frame; frame = outbox.next()) {
    expect(Buffer.byteLength(frame.text)).toBeLessThanOrEqual(frameBytesMax);
    found.push(agentMessage.parse(JSON.parse(frame.text)));
    outbox.ack(frame.sequence);
  }
  return found;
}

describe('Outbox', () => {
  it('cuts a snapshot into chunks by number', () => {
    const outbox = new Outbox(epoch);
    for (let index = 0; index < frameObjectsMax + 1; index += 1) outbox.upsert(aStatus(`o${index}`));
    outbox.markSynced();
    outbox.resume({ snapshot: true, resumeAfter: 0 });
    expect(drain(outbox)).toMatchObject([
      { type: 'snapshot', sequence: 1, start: true, end: false },
      { type: 'snapshot', sequence: 2, start: false, end: true },
    ]);
  });

  it('cuts a snapshot into chunks by bytes', () => {
    const outbox = new Outbox(epoch);
    for (let index = 0; index < 5; index += 1)
      outbox.upsert(
        aStatus(
          `o${index}`,
          '1',
          Array.from({ length: 4000 }, (_, id) => `${'x'.repeat(100)}-${id}`),
        ),
      );
    outbox.markSynced();
    outbox.resume({ snapshot: true, resumeAfter: 0 });
    expect(drain(outbox).length).toBeGreaterThan(1);
  });

  it('sends a snapshot to its end before any of it is acked, and deltas after', () => {
    const outbox = new Outbox(epoch);
    const chunks = framesInFlightMax + 2;
    for (let index = 0; index < frameObjectsMax * chunks; index += 1) outbox.upsert(aStatus(`o${index}`));
    outbox.markSynced();
    outbox.resume({ snapshot: true, resumeAfter: 0 });
    for (let sequence = 1; sequence <= chunks; sequence += 1) expect(outbox.next()?.sequence).toBe(sequence);
    outbox.upsert(aStatus('o1', '2'));
    expect(outbox.next()).toBeUndefined();
    outbox.ack(chunks);
    expect(outbox.next()?.objects).toBe(1);
  });

  it('sends a snapshot of nothing when there is nothing', () => {
    const outbox = new Outbox(epoch);
    outbox.markSynced();
    outbox.resume({ snapshot: true, resumeAfter: 0 });
    expect(drain(outbox)).toMatchObject([{ type: 'snapshot', objects: [], start: true, end: true }]);
  });

  it('waits with everything until the window has room', () => {
    const outbox = new Outbox(epoch);
    outbox.markSynced();
    outbox.resume({ snapshot: false, resumeAfter: 0 });
    for (let index = 0; index < framesInFlightMax; index += 1) {
      outbox.upsert(aStatus('o', String(index)));
      expect(outbox.next()?.sequence).toBe(index + 1);
    }
    outbox.upsert(aStatus('o', 'last'));
    expect(outbox.next()).toBeUndefined();
    outbox.ack(1);
    expect(outbox.next()?.sequence).toBe(framesInFlightMax + 1);
  });

  it('takes the same version again for no change', () => {
    const outbox = new Outbox(epoch);
    expect(outbox.upsert(aStatus('o'))).toBe(true);
    expect(outbox.upsert(aStatus('o'))).toBe(false);
    expect(outbox.upsert({ ...aStatus('o'), uid: 'made anew' })).toBe(true);
    expect(outbox.remove({ kind: 'Kustomization', namespace: 'n', name: 'absent' })).toBe(false);
  });
});

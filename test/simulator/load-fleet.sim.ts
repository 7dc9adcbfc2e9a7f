import { silentLogger } from '@flotilla/agent-runtime';
import { FakeHub } from '@flotilla/agent-runtime/testing';
import { LoadFleet } from '@flotilla/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const timeoutMs = 30_000;

describe('load fleet', () => {
  let hub: FakeHub;
  let fleet: LoadFleet;
  beforeAll(async () => {
    hub = await FakeHub.start();
    fleet = await LoadFleet.start(
      { hubUrl: hub.url, joinTokens: Array.from({ length: 8 }, () => hub.makeToken().token), objectsPerCluster: 30, log: silentLogger },
      timeoutMs,
    );
  });
  afterAll(async () => {
    await fleet.close();
    await hub.close();
  });

  it('has every object of every connection at the hub', () => {
    expect([...hub.clusters.values()].map(({ objects }) => objects.size)).toEqual(Array.from({ length: 8 }, () => 30));
  });

  it('counts exactly what was acked, and the hub has the newest of it', async () => {
    const result = await fleet.burst(10, timeoutMs);
    expect(result.acked).toBe(80);
    expect(result.ackP99Ms).toBeGreaterThanOrEqual(result.ackP50Ms);
    for (const { objects } of hub.clusters.values()) expect([...objects.values()].filter(({ resourceVersion }) => resourceVersion !== '1')).toHaveLength(10);
  });

  it('keeps changes under way until it is stopped', async () => {
    const result = await fleet.saturate(5, 300, timeoutMs);
    expect(result.acked).toBeGreaterThan(8 * 5);
    expect((await fleet.burst(1, timeoutMs)).acked).toBe(8);
  });
});

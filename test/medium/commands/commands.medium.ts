import type { NestExpressApplication } from '@nestjs/platform-express';
import type { CommandClaims } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type Principal, systemPrincipal } from '@flotilla/domain';
import { AuditLog } from '@flotilla/fleet/audit';
import { Commands } from '@flotilla/fleet/commands';
import { freshDatabaseUrl } from '@flotilla/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAgent } from '../../support/fake-agent.js';
import { addCluster, startGatewayHub } from '../../support/gateway-hub.js';
import { aKustomization } from '../../support/some-status.js';

const object = { kind: 'Kustomization', namespace: 'flux-system', name: 'web' };
const system = systemPrincipal('test');
const reconcile = { type: 'reconcile', object, requestedAt: '2026-01-01T00:00:00Z', withSource: false } as const;

describe('commands', () => {
  let database: Database;
  let hub: { app: NestExpressApplication; url: string };
  let orderer: Commands;
  let clusterId: string;
  let agent: FakeAgent;
  let count = 0;

  beforeAll(async () => {
    const url = await freshDatabaseUrl();
    database = new Database({ url, poolSize: 3 });
    hub = await startGatewayHub(url);
    orderer = hub.app.get(Commands, { strict: false });
  });
  afterAll(async () => {
    await hub.app.close();
    await database.close();
  });
  beforeEach(async () => {
    count += 1;
    clusterId = await addCluster(database, `c${count}`, { region: 'eu' });
    agent = await FakeAgent.connect(hub.url, clusterId);
    await agent.acked(agent.snapshot([aKustomization('web', 'a')]));
    return () => agent.close();
  });
  const received = async (from = agent): Promise<CommandClaims> => JSON.parse((await from.next('command')).jws) as CommandClaims;
  const state = async (id: string): Promise<string> => (await orderer.get(system, id)).state;

  it('delivers in order, under growing numbers, and records the answer and who asked', async () => {
    const [first, second] = [
      await orderer.create(system, { clusterId, arguments: reconcile }),
      await orderer.create(system, { clusterId, arguments: { type: 'suspend', object } }),
    ];
    const claims = [await received(), await received()];
    expect(claims.map(({ id, clusterId: to, incarnation, arguments: { type } }) => ({ id, to, incarnation, type }))).toEqual([
      { id: first.id, to: clusterId, incarnation: 1, type: 'reconcile' },
      { id: second.id, to: clusterId, incarnation: 1, type: 'suspend' },
    ]);
    expect(claims[1]!.number).toBeGreaterThan(claims[0]!.number);
    agent.send({ type: 'command.result', result: { id: first.id, outcome: 'failed', message: 'no such thing', finishedAt: new Date().toISOString() } });
    await expect.poll(() => state(first.id)).toBe('failed');
    expect(await orderer.get(system, first.id)).toMatchObject({ message: 'no such thing', issuer: 'system:test', object });
    const audit = await new AuditLog(database).list({ limit: 2, beforeSequence: null, clusterId });
    expect(audit.map((entry) => entry.detail)).toEqual([
      expect.objectContaining({ commandId: second.id }),
      expect.objectContaining({ commandId: first.id, object: 'Kustomization/flux-system/web' }),
    ]);
  });

  it('sends again after a reconnect what was not answered', async () => {
    const order = await orderer.create(system, { clusterId, arguments: reconcile });
    const before = await received();
    agent.close();
    const again = await FakeAgent.connect(hub.url, clusterId, { epoch: agent.epoch, sequence: 1 });
    expect(await received(again)).toEqual(before);
    again.send({ type: 'command.result', result: { id: order.id, outcome: 'succeeded', message: '', finishedAt: new Date().toISOString() } });
    await expect.poll(() => state(order.id)).toBe('succeeded');
    again.close();
  });

  it('keeps a command for an agent that is away, and lets it expire', async () => {
    agent.close();
    const order = await orderer.create(system, { clusterId, arguments: reconcile, ttlSeconds: 1 });
    expect(order.state).toBe('pending');
    await expect.poll(() => state(order.id), { timeout: 5_000 }).toBe('expired');
    await orderer.expireOverdue();
    expect(await orderer.get(system, order.id)).toMatchObject({
      state: 'expired',
      message: 'the agent did not connect in time; see that it is connected, then order it again',
    });
  });

  it('takes no answer from the agent of another cluster, nor for what was not sent', async () => {
    agent.close();
    const order = await orderer.create(system, { clusterId, arguments: reconcile });
    const result = { id: order.id, outcome: 'succeeded', message: '', finishedAt: new Date().toISOString() } as const;
    await orderer.finish(await addCluster(database, `x${count}`), result);
    await orderer.finish(clusterId, result);
    expect(await state(order.id)).toBe('pending');
  });

  it('sends a contested cluster nothing', async () => {
    const other = await FakeAgent.connect(hub.url, clusterId);
    await agent.next('close');
    const order = await orderer.create(system, { clusterId, arguments: reconcile, ttlSeconds: 1 });
    await expect.poll(() => state(order.id), { timeout: 5_000 }).toBe('expired');
    expect(other.received.filter((message) => message.type === 'command')).toEqual([]);
    other.close();
  });

  const eu: Principal = {
    subject: 'user:eve',
    kind: 'user',
    requestId: null,
    grants: [{ role: 'operator', selector: [{ key: 'region', operator: 'in', values: ['us'] }] }],
  };
  const viewer: Principal = { subject: 'user:vic', kind: 'user', requestId: null, grants: [{ role: 'viewer', selector: [] }] };
  it.each<[string, Principal, object, string]>([
    ['out of scope', eu, reconcile, 'not-found'],
    ['without the permission', viewer, reconcile, 'forbidden'],
    ['of an object that is not there', system, { ...reconcile, object: { ...object, name: 'nothing' } }, 'not-found'],
    [
      'to suspend what delivers Flux',
      system,
      { type: 'suspend', object: { kind: 'Kustomization', namespace: 'flux-system', name: 'flux-system' } },
      'conflict',
    ],
  ])('refuses an order %s', async (_title, principal, order, code) => {
    await expect(orderer.create(principal, { clusterId, arguments: order as typeof reconcile })).rejects.toMatchObject({ code });
    expect((await orderer.list(system, clusterId, { limit: 10 })).items).toEqual([]);
  });

  it('refuses an order to a read-only agent', async () => {
    await database.pool.query(
      `insert into agent (id, cluster_id, incarnation, public_key, read_only, cluster_uid, accepted_at) values (gen_random_uuid(), $1, 1, '{}', true, 'u', now())`,
      [clusterId],
    );
    await expect(orderer.create(system, { clusterId, arguments: reconcile })).rejects.toMatchObject({ code: 'read-only-agent' });
  });

  it('lists by pages, newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.unshift((await orderer.create(system, { clusterId, arguments: reconcile })).id);
    const first = await orderer.list(system, clusterId, { limit: 2 });
    expect(first.items.map((command) => command.id)).toEqual(ids.slice(0, 2));
    expect((await orderer.list(system, clusterId, { limit: 2, cursor: first.nextCursor ?? '' })).items.map((command) => command.id)).toEqual(ids.slice(2));
  });
});

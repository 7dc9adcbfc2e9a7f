import type { NestExpressApplication } from '@nestjs/platform-express';
import type { CommandClaims, ObjectStatus } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { AuditLog } from '@flotilla/fleet/audit';
import { ChangeFeed } from '@flotilla/fleet/change-feed';
import { ClustersReadModel } from '@flotilla/fleet/clusters';
import { Commands, CommandsRepository } from '@flotilla/fleet/commands';
import { LedgerReadModel } from '@flotilla/fleet/ledger';
import { ReconcileReleases } from '@flotilla/fleet/releases';
import { freshDatabaseUrl } from '@flotilla/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAgent } from '../../support/fake-agent.js';
import { addCluster, startGatewayHub } from '../../support/gateway-hub.js';
import { aFleetSource, aKustomization } from '../../support/some-status.js';

const aRelease = (over: Partial<ObjectStatus> = {}): ObjectStatus =>
  aKustomization('podinfo', 'a', { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease', revision: '1.0.0', owner: 'flux-system/web', ...over });

describe('HelmReleases after their Kustomization', () => {
  let database: Database;
  let hub: { app: NestExpressApplication; url: string };
  let releases: ReconcileReleases;
  let clusterId: string;
  let agent: FakeAgent;
  let count = 0;

  beforeAll(async () => {
    const url = await freshDatabaseUrl();
    database = new Database({ url, poolSize: 3 });
    hub = await startGatewayHub(url);
    const found = <T>(type: new (...parts: never[]) => T): T => hub.app.get(type, { strict: false });
    const commands = new Commands(database, found(ClustersReadModel), found(CommandsRepository), new AuditLog(database), found(ChangeFeed));
    releases = new ReconcileReleases(database, new LedgerReadModel(database), commands, found(CommandsRepository));
  });
  afterAll(async () => {
    await hub.app.close();
    await database.close();
  });
  beforeEach(async () => {
    count += 1;
    clusterId = await addCluster(database, `c${count}`);
    agent = await FakeAgent.connect(hub.url, clusterId);
    return () => agent.close();
  });

  /** Carries out what was wished for of this cluster, as the worker would, and gives how much it was. */
  async function carryOut(): Promise<number> {
    const { rows } = await database.pool.query<{ payload: { clusterId: string; namespace: string; name: string } }>(
      `delete from outbox_row where job = 'reconcile-releases' and payload->>'clusterId' = $1 returning payload`,
      [clusterId],
    );
    for (const { payload } of rows) await releases.reconcile(payload.clusterId, payload);
    return rows.length;
  }
  const received = async (): Promise<CommandClaims> => JSON.parse((await agent.next('command')).jws) as CommandClaims;
  const ordered = async (): Promise<number> => (await database.pool.query('select 1 from command where cluster_id = $1', [clusterId])).rows.length;

  it('are asked to reconcile when it came to a revision, once, and are not asked again when they did', async () => {
    await agent.acked(agent.snapshot([aFleetSource('a'), aKustomization('web', 'a'), aRelease()]));
    expect(await carryOut()).toBe(1);
    const { arguments: first } = await received();
    expect(first).toMatchObject({ type: 'reconcile', object: { kind: 'HelmRelease', namespace: 'flux-system', name: 'podinfo' } });
    // the job ran twice, or two replicas carried it out
    await releases.reconcile(clusterId, { namespace: 'flux-system', name: 'web' });
    expect(await ordered()).toBe(1);

    const handledReconcileAt = first.type === 'reconcile' ? first.requestedAt : '';
    await agent.acked(agent.deltas([aRelease({ handledReconcileAt })]));
    expect(await carryOut()).toBe(0);
    await database.pool.query(`update command set state = 'succeeded' where cluster_id = $1`, [clusterId]);
    await releases.reconcile(clusterId, { namespace: 'flux-system', name: 'web' });
    expect(await ordered()).toBe(1);

    await agent.acked(agent.deltas([aFleetSource('b'), aKustomization('web', 'b')]));
    expect(await carryOut()).toBe(1);
    const { arguments: second } = await received();
    expect(second.type === 'reconcile' && second.requestedAt > handledReconcileAt).toBe(true);
  });

  it('are not looked for where it owns none, or has not come to the revision', async () => {
    await agent.acked(agent.snapshot([aFleetSource('a'), aKustomization('web', 'a'), aRelease({ owner: 'flux-system/other' })]));
    await carryOut();
    await agent.acked(agent.deltas([aKustomization('web', 'b')]));
    expect(await carryOut()).toBe(0);
    expect(await ordered()).toBe(0);
  });

  it('of a read-only agent are left alone', async () => {
    await database.pool.query(
      `insert into agent (id, cluster_id, incarnation, public_key, read_only, cluster_uid, accepted_at) values (gen_random_uuid(), $1, 1, '{}', true, 'u', now())`,
      [clusterId],
    );
    await agent.acked(agent.snapshot([aFleetSource('a'), aKustomization('web', 'a'), aRelease()]));
    expect(await carryOut()).toBe(1);
    expect(await ordered()).toBe(0);
  });
});

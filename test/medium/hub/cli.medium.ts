import { AgentAuthority, type VerifiedAgent } from '@flotilla/fleet/agents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flotilla, type Run } from '../../support/cli/run-flotilla.js';
import { FakeAgent } from '../../support/fake-agent.js';
import { addCluster } from '../../support/gateway-hub.js';
import { aFleetSource, aKustomization, failing, someRevision } from '../../support/some-status.js';
import { adminToken, startTestHub, type TestHub } from '../../support/test-hub.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

/** The command line against the real hub: routes, schemas and codes are those both sides really have. */
const run = (token: string, ...argv: string[]): Promise<Run> => flotilla(hub.url, argv, { token, waitMs: 20 });

describe('the command line', () => {
  it('registers a cluster, lists it, and lets it join', async () => {
    expect(await run(adminToken, 'create', 'cluster', 'lab', '--label', 'region=eu,ring=1', '-o', 'name')).toEqual({
      code: 0,
      stdout: 'cluster/lab\n',
      stderr: '',
    });
    expect(await run(adminToken, 'create', 'cluster', 'lab')).toMatchObject({ code: 1, stderr: expect.stringContaining('code: already-exists') });
    expect((await run(adminToken, 'get', 'clusters', '--selector', 'region=eu')).stdout).toMatch(/^NAME +STATE .*\nlab +joining /);
    expect((await run(adminToken, 'get', 'clusters', '--selector', 'region!=eu', '-o', 'name')).stdout).toBe('');
    expect(await run(adminToken, 'get', 'clusters', '--selector', 'region in eu')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('at character 11'),
    });
    expect(JSON.parse((await run(adminToken, 'get', 'clusters', 'lab', '-o', 'json')).stdout)).toMatchObject({
      name: 'lab',
      labels: { region: 'eu', ring: '1' },
      agent: null,
    });
    expect((await run(adminToken, 'get', 'clusters', 'nowhere')).code).toBe(3);
    expect(await run(adminToken, 'create', 'join-token', 'lab', '--ttl', '15m')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^kubectl apply .*\/join\/.*\.yaml'?\n$/),
    });
    expect(await run(adminToken, 'join', 'lab', '--timeout', '1s')).toMatchObject({ code: 5 });
  });

  it('makes tokens whose scope holds', async () => {
    const { stdout } = await run(adminToken, 'create', 'token', 'viewer-of-ring-2', '--selector', 'ring=2', '--expires-in', '1h');
    const token = stdout.trim();
    expect(token).toMatch(/^flt_/);
    expect((await run(adminToken, 'get', 'tokens')).stdout).toMatch(/viewer-of-ring-2 +viewer +ring=2 .*valid/);
    expect((await run(token, 'get', 'clusters', 'lab')).code).toBe(3);
    expect(await run(token, 'create', 'cluster', 'other')).toMatchObject({ code: 1, stderr: expect.stringContaining('code: forbidden') });
    expect(await run('flt_wrong', 'get', 'clusters')).toMatchObject({ code: 1, stderr: expect.stringContaining('code: unauthenticated') });
  });

  it('reads back what was done, and that nothing was changed in the record of it', async () => {
    const { stdout } = await run(adminToken, 'audit', 'list', '-o', 'json');
    expect(JSON.parse(stdout)).toEqual(expect.arrayContaining([expect.objectContaining({ outcome: 'allowed', subject: expect.stringContaining('lab') })]));
    expect(await run(adminToken, 'audit', 'verify')).toMatchObject({ code: 0, stderr: expect.stringMatching(/^✔ \d+ entries/) });
    await hub.database.pool.query('alter table audit_entry disable trigger audit_entry_immutable');
    await hub.database.pool.query("update audit_entry set actor = 'nobody' where sequence = 1");
    expect(await run(adminToken, 'audit', 'verify')).toMatchObject({ code: 4, stderr: expect.stringContaining('(entry 1)') });
  });

  it('says so where there is nothing yet', async () => {
    for (const noun of ['fleet-repos', 'rollbacks', 'revisions'])
      expect(await run(adminToken, 'get', noun)).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/^no /) });
    expect(await run(adminToken, 'rollback', '--selector', '', '--to', '1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e', '--preview')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('code: revision-unknown'),
    });
  });
});

describe('the command line, with an agent', () => {
  let agent: FakeAgent;
  beforeAll(async () => {
    // the keys of agents are another test's matter
    hub.app.get(AgentAuthority, { strict: false }).verify = (assertion: string): Promise<VerifiedAgent> =>
      Promise.resolve({ clusterId: assertion.split('.')[0] ?? '', incarnation: 1, readOnly: false });
    agent = await FakeAgent.connect(hub.url, await addCluster(hub.database, 'eu-1', { region: 'eu' }));
    await agent.acked(
      agent.snapshot([
        aFleetSource('a'),
        aKustomization('web', 'a'),
        aKustomization('db', 'b', failing('HealthCheckFailed', 'timeout waiting for Deployment/db')),
      ]),
    );
  });
  afterAll(() => agent.close());

  /** Carries out the next command: the object shows that it was handled, in the state given. */
  async function carryOut(over: Parameters<typeof aKustomization>[2]): Promise<unknown> {
    const { jws } = await agent.next('command');
    const claims = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8')) as { id: string; arguments: { type: string } };
    agent.send({ type: 'command.result', result: { id: claims.id, outcome: 'succeeded', message: '', finishedAt: new Date().toISOString() } });
    await agent.acked(agent.deltas([aKustomization('web', 'a', over)]));
    return claims.arguments;
  }

  it("lists objects with flux's columns", async () => {
    expect((await run(adminToken, 'get', 'sources', 'git', '--cluster', 'eu-1')).stdout.split('\n').map((line) => line.trimEnd().split(/ *\t/))).toEqual([
      ['CLUSTER', 'NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE'],
      ['eu-1', 'fleet', 'main@sha1:aaaaaaaa', 'False', 'True', 'fine'],
      [''],
    ]);
    expect((await run(adminToken, 'get', 'ks', '-A', '--status-selector', 'ready=false', '-o', 'name')).stdout).toBe('eu-1/kustomization/flux-system/db\n');
    expect((await run(adminToken, 'get', 'clusters', 'eu-1')).stdout).toMatch(/eu-1 +failing .*db, health/);
  });

  it('explains, and reads the ledger', async () => {
    expect(await run(adminToken, 'explain', 'eu-1', '--revision', someRevision('a'))).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('eu-1: not at main@sha1:aaaaaaaa'),
    });
    expect((await run(adminToken, 'ledger', '--cluster', 'eu-1', '--kind', 'Kustomization')).stdout).toMatch(
      /eu-1 +kustomization\/db +main@sha1:bbbbbbbb +failed \(health\)/,
    );
  });

  it('reconciles through the agent and waits for the object', async () => {
    const [{ code, stderr }, order] = await Promise.all([
      run(adminToken, 'reconcile', 'ks', 'web', '--cluster', 'eu-1', '--with-source'),
      carryOut({ handledReconcileAt: 'now' }),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining(`✔ Kustomization web is ready at ${someRevision('a')}`) });
    expect(order).toMatchObject({ type: 'reconcile', withSource: true, object: { kind: 'Kustomization', namespace: 'flux-system', name: 'web' } });
    const [suspended] = await Promise.all([run(adminToken, 'suspend', 'ks', 'web', '--cluster', 'eu-1'), carryOut({ suspended: true })]);
    expect(suspended.code).toBe(0);
    expect((await run(adminToken, 'reconcile', 'ks', 'web', '--cluster', 'eu-1')).code).toBe(4);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flotilla, type Run } from '../../support/cli/run-flotilla.js';
import { adminToken, startTestHub, type TestHub } from '../../support/test-hub.js';

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
});
afterAll(() => hub.stop());

/** The command line against the real hub: routes, schemas and codes are those both sides really have. */
const run = (token: string, ...argv: string[]): Promise<Run> => flotilla(hub.url, argv, { token });

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

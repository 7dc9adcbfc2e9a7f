import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { aCluster, aRollback, now, shaA, shaB, someId } from '../../../../test/support/cli/builders.js';
import { fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

const hub = fakeHub();

const golden = (name: string) => `../../../../test/golden/cli/${name}.txt`;
const revision = `main@sha1:${shaA}`;
const object = { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' };

const [idA, idB] = [someId.replace(/1$/, 'a'), someId.replace(/1$/, 'b')];

describe('explain', () => {
  it('gives reasons and remedies, and exits 4 when a cluster is not there', async () => {
    hub
      .on('GET /clusters', page(aCluster({ id: idB, name: 'b' }), aCluster({ id: idA, name: 'a' })))
      .on('GET /clusters/a', aCluster({ id: idA, name: 'a' }))
      .on(`GET /clusters/${idA}/explain`, { clusterId: someId, cluster: 'a', revision, at: true, since: '2026-05-03T12:00:00Z', reasons: [] })
      .on(`GET /clusters/${idB}/explain`, {
        clusterId: someId,
        cluster: 'b',
        revision,
        at: false,
        since: null,
        reasons: [
          { code: 'workload-failed', object, stage: 'health', message: `timeout at main@sha1:${shaB}`, remedy: 'kubectl -n apps describe deploy/web' },
          { code: 'agent-silent', object: null, stage: null, message: 'nothing heard for 9 m', remedy: '' },
        ],
      });
    const { code, stdout } = await flotilla(hub.url, ['explain', '--selector', 'region=eu', '--revision', revision]);
    expect(code).toBe(4);
    await expect(stdout).toMatchFileSnapshot(golden('explain'));
    expect(await flotilla(hub.url, ['explain', 'a', '--revision', revision])).toMatchObject({ code: 0, stdout: 'a: at main@sha1:1f7a5c3e for 2h\n' });
    expect((await flotilla(hub.url, ['explain', '--revision', revision, '-o', 'name'])).stdout).toBe('cluster/b\n');
    expect((await flotilla(hub.url, ['explain', 'nowhere', '--revision', revision])).code).toBe(3);
    expect((await flotilla(hub.url, ['explain', 'a'])).code).toBe(2);
  });
});

describe('ledger and audit', () => {
  it('shows what ran when', async () => {
    const entry = {
      id: someId,
      clusterId: someId,
      cluster: 'prod-eu-1',
      object,
      revision,
      sha: shaA,
      result: 'failed',
      stage: 'health',
      message: '',
      from: '2026-05-03T10:00:00Z',
      to: null,
      author: 'Ada',
      subject: 'Raise replicas',
    };
    hub.on('GET /ledger', page(entry, { ...entry, result: 'succeeded', stage: null, to: '2026-05-03T10:00:00Z', from: '2026-05-01T08:30:00Z' }));
    const { stdout } = await flotilla(hub.url, ['ledger', '--cluster', 'prod-eu-1', '--at', '2026-05-03T12:00:00+02:00']);
    await expect(stdout).toMatchFileSnapshot(golden('ledger'));
    expect(hub.requests[0]?.query.get('at')).toBe('2026-05-03T10:00:00.000Z');
    expect((await flotilla(hub.url, ['ledger', '--at', 'yesterday'])).code).toBe(2);
    expect((await flotilla(hub.url, ['ledger', '--limit', '0'])).code).toBe(2);
  });

  it('verifies the audit chain, exit 4 when it is broken', async () => {
    hub.on(
      'GET /audit/verify',
      { ok: true, entries: 12, head: 'ab'.repeat(32), brokenAt: null, message: 'every link holds' },
      { ok: false, entries: 12, head: null, brokenAt: 7, message: 'the hash does not follow' },
    );
    expect(await flotilla(hub.url, ['audit', 'verify'])).toEqual({ code: 0, stdout: '', stderr: '✔ 12 entries, head abababababababab: every link holds\n' });
    expect(await flotilla(hub.url, ['audit', 'verify'])).toMatchObject({ code: 4, stderr: expect.stringContaining('(entry 7)') });
    hub.on(
      'GET /audit',
      page({
        sequence: 3,
        id: someId,
        at: now,
        actor: 'admin',
        action: 'clusters:create',
        outcome: 'allowed',
        subject: 'cluster/lab',
        clusterId: null,
        requestId: null,
        detail: {},
        previousHash: 'a',
        hash: 'b',
      }),
    );
    expect((await flotilla(hub.url, ['audit', 'list', '--actor', 'admin'])).stdout).toBe(
      'NO  AT                 ACTOR  ACTION           OUTCOME  SUBJECT\n3   2026-05-03 14:07Z  admin  clusters:create  allowed  cluster/lab\n',
    );
  });
});

describe('routes', () => {
  const routing = { yaml: 'route:\n  receiver: slack\n', updatedAt: null, updatedBy: null, receivers: [{ name: 'slack', kinds: ['slack'] }] };
  it('reads, replaces and tests the routing', async () => {
    hub
      .on('GET /routes', routing)
      .on('PUT /routes', routing)
      .on('POST /routes/test', { matches: [{ receiver: 'slack', path: ['root', 'prod'], groupBy: ['cluster'] }] }, { matches: [] });
    expect((await flotilla(hub.url, ['routes', 'get'])).stdout).toBe(routing.yaml);
    expect(await flotilla(hub.url, ['routes', 'set', '-'], { stdin: routing.yaml })).toMatchObject({
      code: 0,
      stderr: '✔ routing set: receivers slack (slack)\n',
    });
    expect(hub.bodies('PUT /routes')).toEqual([{ yaml: routing.yaml }]);
    expect(await flotilla(hub.url, ['routes', 'test', 'cluster=a', 'severity=critical'])).toMatchObject({
      code: 0,
      stdout: 'RECEIVER  ROUTE        GROUPED BY\nslack     root > prod  cluster\n',
    });
    expect(hub.bodies('POST /routes/test')).toEqual([{ labels: { cluster: 'a', severity: 'critical' } }]);
    expect((await flotilla(hub.url, ['routes', 'test', 'cluster=b'])).code).toBe(4);
    expect((await flotilla(hub.url, ['routes', 'set', 'missing.yaml'])).code).toBe(2);
  });
});

describe('distribution import', () => {
  it('sends the digest of the file unless one is given', async () => {
    const digest = `sha256:${createHash('sha256').update('manifests').digest('hex')}`;
    hub.on('POST /distributions', ({ body }) =>
      (body as { digest: string }).digest === digest
        ? { id: someId, version: 'v2.9.4', digest, components: ['source-controller'], sizeBytes: 9, createdAt: now, createdBy: 'admin' }
        : problem('distribution-digest-mismatch', 400, 'the file has another digest'),
    );
    expect(await flotilla(hub.url, ['distribution', 'import', 'flux.yaml'], { files: { 'flux.yaml': 'manifests' } })).toMatchObject({
      code: 0,
      stdout: `${digest}\n`,
    });
    expect(await flotilla(hub.url, ['distribution', 'import', '-', '--digest', `sha256:${'0'.repeat(64)}`], { stdin: 'manifests' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('distribution-digest-mismatch'),
    });
  });
});

describe('doctor', () => {
  const session = { subject: 'admin', kind: 'token', grants: [], permissions: [], expiresAt: null };
  it('finds silent, unjoined and contested clusters, old rollbacks and missing parts, each with a remedy', async () => {
    const agent = aCluster().agent;
    hub
      .on('GET /session', { ...session, expiresAt: '2026-05-04T00:00:00Z' })
      .on(
        'GET /clusters',
        page(
          aCluster(),
          aCluster({ name: 'new', agent: null }),
          aCluster({
            name: 'silent',
            state: 'unknown',
            stateReason: 'no heartbeat',
            agent: agent && { ...agent, connected: false, lastReceivedAt: '2026-05-03T13:00:00Z' },
          }),
          aCluster({ name: 'twins', agent: agent && { ...agent, contested: true } }),
        ),
      )
      .on('GET /fleet-repos', page())
      .on('GET /rollbacks', page(aRollback({ createdAt: '2026-05-01T00:00:00Z' })))
      .on('GET /distributions', page());
    const { code, stderr } = await flotilla(hub.url, ['doctor']);
    expect(code).toBe(4);
    await expect(stderr.replaceAll(hub.url, 'http://hub')).toMatchFileSnapshot(golden('doctor'));
  });

  it('is content with a sound fleet', async () => {
    hub
      .on('GET /session', session)
      .on('GET /clusters', page(aCluster()))
      .on('GET /fleet-repos', page())
      .on('GET /rollbacks', page())
      .on('GET /distributions', page());
    expect((await flotilla(hub.url, ['doctor'])).stderr).toContain('✔ 1 clusters, all of them heard of');
  });

  it('tells a bad token from a hub that is not there', async () => {
    hub.on('GET /session', problem('token-expired', 401, 'the API token has expired'));
    expect(await flotilla(hub.url, ['doctor'])).toMatchObject({ code: 4, stderr: expect.stringContaining('set FLOTILLA_TOKEN') });
    expect(await flotilla('http://127.0.0.1:1', ['doctor'])).toMatchObject({ code: 4, stderr: expect.stringContaining('check that the hub runs') });
  });
});

describe('completion', () => {
  it('knows the words after each command', async () => {
    const { stdout } = await flotilla(undefined, ['completion', 'bash']);
    expect(stdout).toContain("'get sources') words='oci bucket git helm chart all --help'");
    expect((await flotilla(undefined, ['completion', 'tcsh'])).code).toBe(2);
  });
});

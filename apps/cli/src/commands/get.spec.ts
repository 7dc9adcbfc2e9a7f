import { describe, expect, it } from 'vitest';
import { aCluster, anObject, anOperation, aRollback, aStep, now, shaA, shaB, someId, aFleetRepo } from '../../../../test/support/cli/builders.js';
import { fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

const golden = (name: string) => `../../../../test/golden/cli/${name}.txt`;
const hub = fakeHub();

const failing = {
  type: 'Ready',
  status: 'False' as const,
  reason: 'HealthCheckFailed',
  message: `timeout waiting for: [Deployment/apps/web status: 'InProgress'] at main@sha1:${shaB}`,
};

describe('get', () => {
  it('lists clusters within 80 columns of a terminal', async () => {
    hub.on(
      'GET /clusters',
      page(
        aCluster(),
        aCluster({
          name: 'prod-us-1',
          state: 'failing',
          revision: null,
          counts: { objects: 4, ready: 2, failing: 2, progressing: 0, suspended: 0 },
          stateReason: 'Kustomization/flux-system/apps failed in health: timeout waiting for Deployment/apps/web',
        }),
        aCluster({ name: 'lab', state: 'unknown', stateSince: '2026-05-01T00:00:00Z', stateReason: 'silent since 2026-05-01T00:00:00Z' }),
        aCluster({
          name: 'canary',
          divergences: [
            { rollbackId: someId, sourceName: 'fleet', declared: `main@sha1:${shaB}`, runs: `main@sha1:${shaA}`, owner: 'admin', reason: 'x', since: now },
          ],
        }),
      ),
    );
    const { code, stdout } = await flotilla(hub.url, ['get', 'clusters'], { columns: 80 });
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    await expect(stdout).toMatchFileSnapshot(golden('get-clusters-80'));
    await expect((await flotilla(hub.url, ['get', 'clusters'])).stdout).toMatchFileSnapshot(golden('get-clusters'));
    expect((await flotilla(hub.url, ['get', 'clusters', '-o', 'name'])).stdout).toBe('cluster/prod-eu-1\ncluster/prod-us-1\ncluster/lab\ncluster/canary\n');
  });

  it('passes selectors on and sends the token', async () => {
    hub.on('GET /clusters', page());
    const { code, stdout, stderr } = await flotilla(hub.url, ['get', 'clusters', '--selector', 'region=eu,!legacy', '--state', 'failing']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('no clusters');
    expect(hub.requests[0]).toMatchObject({ token: 'flt_test' });
    expect(Object.fromEntries(hub.requests[0]?.query ?? [])).toMatchObject({ selector: 'region=eu,!legacy', state: 'failing' });
  });

  it('prints one cluster whole, and exits 3 where there is none', async () => {
    hub.on('GET /clusters/prod-eu-1', aCluster());
    expect(JSON.parse((await flotilla(hub.url, ['get', 'clusters', 'prod-eu-1', '-o', 'json'])).stdout)).toEqual(aCluster());
    const missing = await flotilla(hub.url, ['get', 'clusters', 'nowhere']);
    expect(missing).toEqual({ code: 3, stdout: '', stderr: 'error: no nowhere in your scope\ncode: not-found\n' });
  });

  it("lists Kustomizations with flux's columns after the cluster, sorted by place", async () => {
    hub.on(
      'GET /objects',
      page(anObject({ cluster: 'prod-us-1', status: { conditions: [failing] } }), anObject({ status: { name: 'infra', suspended: true } }), anObject()),
    );
    const { stdout } = await flotilla(hub.url, ['get', 'kustomizations', '-A']);
    await expect(stdout).toMatchFileSnapshot(golden('get-kustomizations-all-namespaces'));
    expect(Object.fromEntries(hub.requests[0]?.query ?? [])).toEqual({ limit: '500', kind: 'Kustomization' });
    expect((await flotilla(hub.url, ['get', 'ks', '--status-selector', 'ready=false', '-o', 'name'])).stdout).toBe(
      'prod-us-1/kustomization/flux-system/apps\n',
    );
    expect((await flotilla(hub.url, ['get', 'ks', '--no-header'])).stdout.split('\n')[0]).toMatch(/^prod-eu-1\tapps \tmain@sha1:1f7a5c3e\tFalse\tTrue \t/);
  });

  it('lists every kind in a table of its own', async () => {
    const ready = [{ type: 'Ready', status: 'True' as const, reason: 'Succeeded', message: `stored artifact for revision 'main@sha1:${shaA}'` }];
    hub.on('GET /objects', ({ query }) => {
      const kind = query.get('kind');
      if (kind === 'GitRepository')
        return page(anObject({ status: { kind, name: 'flux-system', conditions: ready } }), anObject({ status: { kind, name: 'fleet', conditions: ready } }));
      if (kind === 'HelmRelease') return page(anObject({ status: { kind, name: 'podinfo', revision: '6.7.0' } }));
      if (kind === 'Alert') return page(anObject({ status: { kind, name: 'on-call', conditions: [] } }));
      return page();
    });
    await expect((await flotilla(hub.url, ['get', 'all', '-n', 'flux-system'])).stdout).toMatchFileSnapshot(golden('get-all'));
    expect(hub.requests.map(({ query }) => query.get('kind'))).toEqual([
      'OCIRepository',
      'Bucket',
      'GitRepository',
      'HelmRepository',
      'HelmChart',
      'ImageRepository',
      'ImagePolicy',
      'ImageUpdateAutomation',
      'HelmRelease',
      'Kustomization',
      'Receiver',
      'Provider',
      'Alert',
    ]);
  });

  it('exits 3 when a named object is not found, 2 on selectors and formats that cannot be read', async () => {
    hub.on('GET /objects', page());
    expect(await flotilla(hub.url, ['get', 'sources', 'git', 'nope'])).toEqual({
      code: 3,
      stdout: '',
      stderr: 'error: GitRepository object \'nope\' not found in "flux-system" namespace\n',
    });
    expect((await flotilla(hub.url, ['get', 'ks', '-l', 'a in b'])).code).toBe(2);
    expect((await flotilla(hub.url, ['get', 'ks', '--status-selector', 'ready'])).code).toBe(2);
    expect((await flotilla(hub.url, ['get', 'ks', '-o', 'csv'])).code).toBe(2);
    expect((await flotilla(hub.url, ['get', 'ks', '--what'])).code).toBe(2);
    expect((await flotilla(hub.url, ['get', 'nonsense'])).code).toBe(2);
  });

  it("says with flux's words where there is nothing, and exits 3 as it does for a name", async () => {
    hub.on('GET /objects', page());
    const nothing = (words: string) => ({ code: 3, stdout: '', stderr: `error: ${words}\n` });
    expect(await flotilla(hub.url, ['get', 'ks'])).toEqual(nothing('no Kustomization objects found in "flux-system" namespace'));
    expect(await flotilla(hub.url, ['get', 'ks', '-A'])).toEqual(nothing('no Kustomization objects found in any namespace'));
    expect(await flotilla(hub.url, ['get', 'ks', '-o', 'json'])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
    expect(await flotilla(hub.url, ['get', 'all', '-n', 'apps'])).toEqual({ code: 0, stdout: '', stderr: 'no objects found in "apps" namespace\n' });
  });

  it('prints the header above nothing when a status selector leaves nothing', async () => {
    hub.on('GET /objects', page(anObject()));
    const nothing = { code: 0, stdout: 'CLUSTER\tNAME\tREVISION\tSUSPENDED\tREADY\tMESSAGE \n', stderr: '' };
    expect(await flotilla(hub.url, ['get', 'ks', '--status-selector', 'ready=false'])).toEqual(nothing);
    expect(await flotilla(hub.url, ['get', 'ks', 'apps', '--status-selector', 'ready=false'])).toEqual(nothing);
  });

  it('sorts as Kubernetes does', async () => {
    const place = (namespace: string, name: string) => anObject({ status: { namespace, name } });
    hub.on('GET /objects', page(place('team', 'a'), place('team-a', 'b'), place('team', 'a-1'), place('team-a', 'a')));
    expect((await flotilla(hub.url, ['get', 'ks', '-A', '-o', 'name'])).stdout.replaceAll('prod-eu-1/kustomization/', '').trim().split('\n')).toEqual([
      'team-a/a',
      'team-a/b',
      'team/a',
      'team/a-1',
    ]);
  });

  it('shows the source of workloads only, and cuts tables on a terminal', async () => {
    hub.on('GET /objects', page(anObject()));
    expect((await flotilla(hub.url, ['get', 'ks', '--show-source'])).stdout).toMatch(/^CLUSTER +\tNAME\tSOURCE/);
    expect((await flotilla(hub.url, ['get', 'sources', 'git', '--show-source'])).code).toBe(2);
    const { stdout } = await flotilla(hub.url, ['get', 'ks'], { columns: 80 });
    expect(stdout).not.toContain('\t');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('filters by labels of the objects', async () => {
    hub.on('GET /objects', page(anObject({ status: { labels: { team: 'a' } } }), anObject({ status: { name: 'other', labels: { team: 'b' } } })));
    expect((await flotilla(hub.url, ['get', 'ks', '-l', 'team!=a', '-o', 'name'])).stdout).toBe('prod-eu-1/kustomization/flux-system/other\n');
  });

  it('lists what the hub keeps', async () => {
    const alert = {
      id: someId,
      fingerprint: 'f',
      labels: { alertname: 'KustomizationFailing', cluster: 'prod-eu-1', kind: 'Kustomization', namespace: 'flux-system', name: 'apps' },
      annotations: { summary: `health checks failed at main@sha1:${shaB}` },
      state: 'firing',
      startsAt: '2026-05-03T14:00:00Z',
      endsAt: null,
      clusterId: someId,
      receivers: ['slack'],
    };
    hub
      .on('GET /alerts', page(alert))
      .on('GET /rollbacks', page(aRollback({ state: 'held' })))
      .on('GET /operations', page(anOperation({ steps: [aStep('preflight', 'succeeded'), aStep('components commit', 'running'), aStep('apply', 'pending')] })))
      .on(
        'GET /distributions',
        page({
          id: someId,
          version: 'v2.9.4',
          digest: `sha256:${'ab'.repeat(32)}`,
          components: ['source-controller', 'kustomize-controller'],
          sizeBytes: 9,
          createdAt: now,
          createdBy: 'admin',
        }),
      )
      .on(
        'GET /tokens',
        page({
          id: someId,
          name: 'ci',
          role: 'viewer',
          selector: '',
          createdBy: 'admin',
          createdAt: now,
          expiresAt: '2026-06-01T00:00:00Z',
          lastUsedAt: null,
          revokedAt: null,
        }),
      )
      .on(
        'GET /fleet/revisions',
        page({
          sha: shaA,
          revision: `main@sha1:${shaA}`,
          parents: [],
          author: 'Ada',
          authorEmail: 'ada@example.com',
          committedAt: '2026-05-03T10:00:00Z',
          subject: 'Raise replicas',
          paths: [],
          adoption: { at: 20, of: 24, failing: 1 },
        }),
      )
      .on('GET /fleet-repos', page(aFleetRepo({ name: 'fleet', url: 'https://github.com/org/fleet' })));
    const printed = [];
    for (const noun of ['alerts', 'rollbacks', 'operations', 'distributions', 'tokens', 'revisions', 'fleet-repos'])
      printed.push(`$ flotilla get ${noun}\n${(await flotilla(hub.url, ['get', noun])).stdout}`);
    await expect(printed.join('\n')).toMatchFileSnapshot(golden('get-hub'));
    expect(hub.requests.find(({ path }) => path === '/rollbacks')?.query.get('open')).toBe('true');
    expect(hub.requests.find(({ path }) => path === '/alerts')?.query.get('state')).toBe('firing');
  });

  it("prints the hub's own words when it refuses", async () => {
    hub.on('GET /clusters', problem('forbidden', 403, 'the token carries no clusters:read'));
    expect(await flotilla(hub.url, ['get', 'clusters'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: the token carries no clusters:read\ncode: forbidden\n',
    });
  });
});

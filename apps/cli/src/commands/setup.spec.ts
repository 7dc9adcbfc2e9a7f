import { describe, expect, it } from 'vitest';
import { aCluster, aFleetRepo, aKubeconfig, anOperation, aStep, now, someId } from '../../../../test/support/cli/builders.js';
import { fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

const hub = fakeHub();

const joinToken = {
  id: someId,
  token: 'fj_x',
  expiresAt: now,
  manifestUrl: 'https://hub/join/fj_x.yaml',
  command: 'kubectl apply -f https://hub/join/fj_x.yaml',
};
describe('create', () => {
  it('registers a cluster in a fleet repo', async () => {
    hub.on('GET /fleet-repos', page(aFleetRepo())).on('POST /clusters', aCluster({ name: 'lab' }));
    expect(await flotilla(hub.url, ['create', 'cluster', 'lab', '--label', 'region=eu,ring=1', '--fleet-repo', 'org-fleet', '-o', 'name'])).toMatchObject({
      code: 0,
      stdout: 'cluster/lab\n',
    });
    expect(hub.bodies('POST /clusters')).toEqual([{ name: 'lab', labels: { region: 'eu', ring: '1' }, fleetRepoId: someId, path: 'clusters/lab' }]);
    expect(await flotilla(hub.url, ['create', 'cluster', 'lab', '--fleet-repo', 'other'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('known: org-fleet'),
    });
    expect((await flotilla(hub.url, ['create', 'cluster', 'lab', '--label', 'region'])).code).toBe(2);
  });

  it('makes tokens; the secret alone is on stdout', async () => {
    hub.on('POST /tokens', {
      id: someId,
      name: 'ci',
      role: 'operator',
      selector: 'ring=1',
      createdBy: 'admin',
      createdAt: now,
      expiresAt: now,
      lastUsedAt: null,
      revokedAt: null,
      token: 'flt_new',
    });
    expect(await flotilla(hub.url, ['create', 'token', 'ci', '--role', 'operator', '--selector', 'ring=1', '--expires-in', '90d'])).toMatchObject({
      code: 0,
      stdout: 'flt_new\n',
    });
    expect(hub.bodies('POST /tokens')).toEqual([{ name: 'ci', role: 'operator', selector: 'ring=1', expiresInSeconds: 90 * 86_400 }]);
    expect((await flotilla(hub.url, ['create', 'token', 'ci', '--role', 'root'])).code).toBe(2);
    expect((await flotilla(hub.url, ['create', 'token', 'ci', '--expires-in', 'soon'])).code).toBe(2);
  });

  it('registers a fleet repo with a token from standard input', async () => {
    hub.on('POST /fleet-repos', aFleetRepo());
    expect(
      (
        await flotilla(
          hub.url,
          ['create', 'fleet-repo', 'org-fleet', '--url', 'https://github.com/org/fleet', '--provider', 'github', '--token-stdin', '--ca-file', 'ca.pem'],
          { stdin: 'ghp_secret\n', files: { 'ca.pem': 'PEM' } },
        )
      ).code,
    ).toBe(0);
    expect(hub.bodies('POST /fleet-repos')).toEqual([
      { name: 'org-fleet', provider: 'github', url: 'https://github.com/org/fleet', branch: 'main', credentials: { token: 'ghp_secret', caFile: 'PEM' } },
    ]);
  });

  it('commits an object to the path of a cluster and waits for the commit', async () => {
    hub
      .on('GET /clusters/lab', aCluster({ name: 'lab' }))
      .on(`POST /clusters/${someId}/content`, anOperation({ kind: 'commit' }))
      .on(`GET /operations/${someId}`, anOperation({ kind: 'commit', state: 'succeeded', steps: [aStep('commit', 'succeeded', 'b0bacafe')] }));
    expect(await flotilla(hub.url, ['create', 'source', 'git', 'apps', '--url=https://x/y', '--branch=main', '--cluster', 'lab'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('✔ commit: b0bacafe'),
    });
    const [body] = hub.bodies(`POST /clusters/${someId}/content`);
    expect(body).toMatchObject({
      message: 'Add GitRepository apps',
      files: [{ path: 'gitrepository-apps.yaml', content: expect.stringMatching(/^---\napiVersion: source/) }],
    });
  });
});

const hook = {
  id: someId,
  provider: 'github',
  url: 'https://hub/hooks/github/x',
  fleetRepoId: someId,
  clusterId: null,
  lastReceivedAt: null,
  createdAt: now,
};
describe('hooks', () => {
  const repo = (provider: 'git' | 'github') => page(aFleetRepo({ id: someId, name: 'fleet', provider }));

  it('are set at the forge of the fleet repo, and waited for', async () => {
    hub
      .on('GET /fleet-repos', repo('github'))
      .on('POST /hooks', { ...hook, key: 'k', operationId: someId })
      .on(`GET /operations/${someId}`, anOperation({ kind: 'hook', state: 'succeeded', steps: [aStep('forge-hook', 'succeeded', 'set at github')] }));
    expect(await flotilla(hub.url, ['create', 'hook', 'push', 'fleet'])).toEqual({ code: 0, stdout: '', stderr: '✔ forge-hook: set at github\n' });
    expect(hub.bodies('POST /hooks')).toEqual([{ provider: 'github', fleetRepoId: someId, install: true }]);
  });

  it('are printed with their key where they are set by hand', async () => {
    hub
      .on('GET /fleet-repos', repo('git'))
      .on('GET /clusters/lab', aCluster({ name: 'lab' }))
      .on('POST /hooks', { ...hook, key: 'k', operationId: null });
    const printed = { code: 0, stdout: 'url  https://hub/hooks/github/x\nkey  k\n' };
    expect(await flotilla(hub.url, ['create', 'hook', 'push', 'fleet', '--provider', 'gitea'])).toMatchObject(printed);
    expect(await flotilla(hub.url, ['create', 'hook', 'events', 'lab'])).toMatchObject(printed);
    expect(hub.bodies('POST /hooks')).toEqual([
      { provider: 'gitea', fleetRepoId: someId, install: false },
      { provider: 'flux', clusterId: someId, install: false },
    ]);
    expect(await flotilla(hub.url, ['create', 'hook', 'push', 'fleet'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--provider github|gitea') });
  });

  it('are listed without keys', async () => {
    hub.on('GET /hooks', page(hook));
    expect((await flotilla(hub.url, ['get', 'hooks'])).stdout).toMatch(
      /^ID +PROVIDER +AGE +RECEIVED +URL\n\S+ +github +\S+ +never +https:\/\/hub\/hooks\/github\/x\n$/,
    );
  });
});

describe('delete', () => {
  it('forgets clusters, tokens and hooks, after asking', async () => {
    const token = {
      id: someId,
      name: 'ci',
      role: 'viewer',
      selector: '',
      createdAt: now,
      createdBy: 'user:ada',
      lastUsedAt: null,
      expiresAt: now,
      revokedAt: null,
    };
    hub
      .on('GET /clusters/lab', aCluster({ name: 'lab' }))
      .on('GET /tokens', page(token))
      .on('GET /hooks', page(hook))
      .on(`DELETE /clusters/${someId}`, {})
      .on(`DELETE /tokens/${someId}`, {})
      .on(`DELETE /hooks/${someId}`, {});
    for (const words of [
      ['cluster', 'lab'],
      ['token', 'ci'],
      ['hook', someId],
    ]) {
      expect(await flotilla(hub.url, ['delete', ...words])).toMatchObject({ code: 2, stderr: expect.stringContaining('add --silent') });
      expect(await flotilla(hub.url, ['delete', ...words], { answer: 'n' })).toMatchObject({ code: 4 });
    }
    expect(hub.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
    expect((await flotilla(hub.url, ['delete', 'cluster', 'lab', '--silent'])).stderr).toContain('its history is kept');
    expect((await flotilla(hub.url, ['delete', 'token', 'ci'], { answer: 'y' })).stderr).toContain('token ci revoked');
    expect((await flotilla(hub.url, ['delete', 'hook', someId, '-s'])).stderr).toContain('remove it at its sender too');
    expect(hub.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(3);
    expect((await flotilla(hub.url, ['delete', 'token', 'nobody', '-s'])).code).toBe(3);
  });
});

describe('join', () => {
  it('creates the cluster, prints the line for kubectl and waits for the agent', async () => {
    hub
      .on('GET /clusters/lab', problem('not-found', 404, 'no lab'), aCluster({ name: 'lab', agent: null }), aCluster({ name: 'lab' }))
      .on('POST /clusters', aCluster({ name: 'lab', agent: null }))
      .on(`POST /clusters/${someId}/join-tokens`, joinToken);
    const { code, stdout, stderr } = await flotilla(hub.url, ['join', 'lab', '--label', 'region=eu', '--read-only', '--ttl', '15m']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'kubectl apply -f https://hub/join/fj_x.yaml\n' });
    expect(stderr).toContain('✔ lab joined: Kubernetes v1.36.3, Flux v2.9.4');
    expect(hub.bodies(`POST /clusters/${someId}/join-tokens`)).toEqual([{ ttlSeconds: 900, readOnly: true }]);
  });

  it('waits for a newer agent where one has joined before, and exits 5 when none comes', async () => {
    hub.on('GET /clusters/lab', aCluster({ name: 'lab' })).on(`POST /clusters/${someId}/join-tokens`, joinToken);
    expect((await flotilla(hub.url, ['join', 'lab', '--timeout', '3s'])).code).toBe(5);
    expect((await flotilla(hub.url, ['join', 'lab', '--no-wait'])).code).toBe(0);
  });
});

describe('check', () => {
  it('prints each check and exits 4 when one fails', async () => {
    hub.on('GET /clusters/lab', aCluster({ name: 'lab' })).on(`POST /clusters/${someId}/check`, {
      ok: false,
      checks: [
        { name: 'kubernetes', ok: true, message: 'v1.36.3 >=1.33.0-0', remedy: null },
        { name: 'rights', ok: false, message: 'may not create CustomResourceDefinitions', remedy: 'use a cluster-admin kubeconfig' },
      ],
    });
    const { code, stderr } = await flotilla(hub.url, ['check', 'lab', '--pre'], { programs: () => ({ stdout: JSON.stringify(aKubeconfig({ token: 'k' })) }) });
    expect(code).toBe(4);
    expect(stderr).toBe(
      '► checking prerequisites\n✔ kubernetes: v1.36.3 >=1.33.0-0\n✗ rights: may not create CustomResourceDefinitions\n· do: use a cluster-admin kubeconfig\nerror: check failed\n',
    );
  });
});

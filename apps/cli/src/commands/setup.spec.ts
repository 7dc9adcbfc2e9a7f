import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCluster, anOperation, aStep, now, someId } from '../../../../test/support/cli/builders.js';
import { FakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla, type RunOptions } from '../../../../test/support/cli/run-flotilla.js';

let hub: FakeHub;
let url: string;
beforeEach(async () => {
  hub = new FakeHub();
  url = await hub.start();
});
afterEach(() => hub.stop());

const fleetRepo = {
  id: someId,
  name: 'org-fleet',
  provider: 'github',
  url: 'https://github.com/org/fleet.git',
  branch: 'main',
  apiUrl: null,
  owner: 'org',
  repository: 'fleet',
  hasCredentials: true,
  head: null,
  mirroredAt: null,
  mirrorError: null,
  createdAt: now,
};
const joinToken = {
  id: someId,
  token: 'fj_x',
  expiresAt: now,
  manifestUrl: 'https://hub/join/fj_x.yaml',
  command: 'kubectl apply -f https://hub/join/fj_x.yaml',
};
const cluster = { server: 'https://10.0.0.1:6443', 'certificate-authority-data': 'Q0E=' };
const view = (user: object) =>
  JSON.stringify({
    'current-context': 'lab',
    clusters: [{ name: 'k', cluster }],
    contexts: [{ name: 'lab', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user }],
  });
const withUser = (user: object, more: RunOptions = {}): RunOptions => ({
  gitToken: 'ghp',
  programs: (program) => (program === 'kubectl' ? { stdout: view(user) } : {}),
  ...more,
});
const bootstrap = ['bootstrap', 'github', '--owner=org', '--repository=fleet', '--path=./clusters/lab/'];

describe('create', () => {
  it('registers a cluster in a fleet repo', async () => {
    hub.on('GET /fleet-repos', page(fleetRepo)).on('POST /clusters', aCluster({ name: 'lab' }));
    expect(await flotilla(url, ['create', 'cluster', 'lab', '--label', 'region=eu,ring=1', '--fleet-repo', 'org-fleet', '-o', 'name'])).toMatchObject({
      code: 0,
      stdout: 'cluster/lab\n',
    });
    expect(hub.bodies('POST /clusters')).toEqual([{ name: 'lab', labels: { region: 'eu', ring: '1' }, fleetRepoId: someId, path: 'clusters/lab' }]);
    expect(await flotilla(url, ['create', 'cluster', 'lab', '--fleet-repo', 'other'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('known: org-fleet'),
    });
    expect((await flotilla(url, ['create', 'cluster', 'lab', '--label', 'region'])).code).toBe(2);
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
    expect(await flotilla(url, ['create', 'token', 'ci', '--role', 'operator', '--selector', 'ring=1', '--expires-in', '90d'])).toMatchObject({
      code: 0,
      stdout: 'flt_new\n',
    });
    expect(hub.bodies('POST /tokens')).toEqual([{ name: 'ci', role: 'operator', selector: 'ring=1', expiresInSeconds: 90 * 86_400 }]);
    expect((await flotilla(url, ['create', 'token', 'ci', '--role', 'root'])).code).toBe(2);
    expect((await flotilla(url, ['create', 'token', 'ci', '--expires-in', 'soon'])).code).toBe(2);
  });

  it('registers a fleet repo with a token from standard input', async () => {
    hub.on('POST /fleet-repos', fleetRepo);
    expect(
      (
        await flotilla(
          url,
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
    expect(await flotilla(url, ['create', 'source', 'git', 'apps', '--url=https://x/y', '--branch=main', '--cluster', 'lab'])).toMatchObject({
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

describe('join', () => {
  it('creates the cluster, prints the line for kubectl and waits for the agent', async () => {
    hub
      .on('GET /clusters/lab', problem('not-found', 404, 'no lab'), aCluster({ name: 'lab', agent: null }), aCluster({ name: 'lab' }))
      .on('POST /clusters', aCluster({ name: 'lab', agent: null }))
      .on(`POST /clusters/${someId}/join-tokens`, joinToken);
    const { code, stdout, stderr } = await flotilla(url, ['join', 'lab', '--label', 'region=eu', '--read-only', '--ttl', '15m']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'kubectl apply -f https://hub/join/fj_x.yaml\n' });
    expect(stderr).toContain('✔ lab joined: Kubernetes v1.36.3, Flux v2.9.4');
    expect(hub.bodies(`POST /clusters/${someId}/join-tokens`)).toEqual([{ ttlSeconds: 900, readOnly: true }]);
  });

  it('waits for a newer agent where one has joined before, and exits 5 when none comes', async () => {
    hub.on('GET /clusters/lab', aCluster({ name: 'lab' })).on(`POST /clusters/${someId}/join-tokens`, joinToken);
    expect((await flotilla(url, ['join', 'lab', '--timeout', '3s'])).code).toBe(5);
    expect((await flotilla(url, ['join', 'lab', '--no-wait'])).code).toBe(0);
  });
});

describe('bootstrap', () => {
  beforeEach(() => {
    hub
      .on('GET /fleet-repos', page())
      .on('POST /fleet-repos', fleetRepo)
      .on('GET /clusters/lab', problem('not-found', 404, 'no lab'))
      .on('POST /clusters', aCluster({ name: 'lab', path: 'clusters/lab' }))
      .on(`POST /clusters/${someId}/bootstrap`, anOperation());
  });

  it('creates what is missing and tells each step as it comes', async () => {
    hub.on(
      `GET /operations/${someId}`,
      anOperation({ steps: [aStep('preflight', 'succeeded', 'Kubernetes v1.36.3'), aStep('components commit', 'running')] }),
      anOperation({
        steps: [aStep('preflight', 'succeeded', 'Kubernetes v1.36.3'), aStep('components commit', 'succeeded', 'b0bacafe'), aStep('apply', 'running')],
      }),
      anOperation({
        state: 'succeeded',
        steps: [aStep('preflight', 'succeeded', 'Kubernetes v1.36.3'), aStep('components commit', 'succeeded', 'b0bacafe'), aStep('apply', 'succeeded')],
      }),
    );
    const { code, stdout, stderr } = await flotilla(url, [...bootstrap, '--interval=90s', '--personal', '--token-auth'], withUser({ token: 'kube' }));
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    await expect(stderr).toMatchFileSnapshot('../../../../test/golden/cli/bootstrap.txt');
    expect(hub.bodies('POST /fleet-repos')).toEqual([
      {
        name: 'org-fleet',
        provider: 'github',
        url: 'https://github.com/org/fleet.git',
        branch: 'main',
        owner: 'org',
        repository: 'fleet',
        credentials: { username: 'git', token: 'ghp' },
      },
    ]);
    expect(hub.bodies('POST /clusters')).toEqual([{ name: 'lab', labels: {}, fleetRepoId: someId, path: 'clusters/lab' }]);
    const [body] = hub.bodies(`POST /clusters/${someId}/bootstrap`);
    expect(body).toMatchObject({ interval: '1m30s', authentication: 'token', authorName: 'Flux', scaffold: true, sshKeyAlgorithm: 'ecdsa' });
    expect(JSON.parse((body as { kubeconfig: string }).kubeconfig)).toMatchObject({ users: [{ name: 'u', user: { token: 'kube' } }], clusters: [{ cluster }] });
  });

  it('takes the imported distribution of a version, and flags that the hub refuses', async () => {
    const imported = { id: someId, version: 'v2.9.4', digest: `sha256:${'ab'.repeat(32)}`, components: [], sizeBytes: 9, createdAt: now, createdBy: 'admin' };
    hub.on('GET /distributions', page(imported));
    expect(
      (await flotilla(url, [...bootstrap, '--no-wait', '--version=2.9.4', '--network-policy=false', '--watch-all-namespaces=true'], withUser({ token: 'k' })))
        .code,
    ).toBe(0);
    const [body] = hub.bodies(`POST /clusters/${someId}/bootstrap`);
    expect(body).toMatchObject({ distributionDigest: imported.digest, networkPolicy: false });
    expect(body).not.toHaveProperty('watchAllNamespaces');
    expect(await flotilla(url, [...bootstrap, '--version=v2.0.0'], withUser({ token: 'k' }))).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is: v2.9.4'),
    });
  });

  it('says which step failed and what to do', async () => {
    hub.on(
      `GET /operations/${someId}`,
      anOperation({
        state: 'failed',
        steps: [aStep('preflight', 'failed', 'no distribution', 'flotilla distribution import FILE')],
        error: { code: 'distribution-missing', message: 'no distribution is imported', remedy: 'flotilla distribution import FILE' },
      }),
    );
    expect(await flotilla(url, bootstrap, withUser({ token: 'kube' }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no distribution is imported (distribution-missing)\n  do: flotilla distribution import FILE'),
    });
  });

  it('runs a credential plugin here, and sends only what it gave', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'get-token', args: ['--cluster', 'lab'], env: [{ name: 'REGION', value: 'eu' }] };
    const seen: unknown[] = [];
    const programs: RunOptions['programs'] = (program, args, env) => {
      if (program === 'kubectl') return { stdout: view({ exec }) };
      seen.push(program, args, env['REGION'], JSON.parse(env['KUBERNETES_EXEC_INFO'] ?? '{}'));
      return { stdout: JSON.stringify({ kind: 'ExecCredential', status: { token: 'short-lived' } }) };
    };
    expect((await flotilla(url, [...bootstrap, '--no-wait'], { gitToken: 'ghp', programs })).code).toBe(0);
    expect(seen).toEqual([
      'get-token',
      ['--cluster', 'lab'],
      'eu',
      { apiVersion: exec.apiVersion, kind: 'ExecCredential', spec: { interactive: false, cluster } },
    ]);
    const { kubeconfig } = hub.bodies(`POST /clusters/${someId}/bootstrap`)[0] as { kubeconfig: string };
    expect(JSON.parse(kubeconfig)).toMatchObject({ users: [{ name: 'u', user: { token: 'short-lived' } }] });
    expect(kubeconfig).not.toContain('get-token');
  });

  it('does not repeat what a plugin printed, and reads token files', async () => {
    const broken: RunOptions = {
      gitToken: 'ghp',
      programs: (program) => (program === 'kubectl' ? { stdout: view({ exec: { command: 'get-token' } }) } : { stdout: 'secret-word' }),
    };
    const failed = await flotilla(url, bootstrap, broken);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('gave neither a token nor a client certificate') });
    expect(failed.stderr).not.toContain('secret-word');
    expect((await flotilla(url, [...bootstrap, '--no-wait'], withUser({ tokenFile: '/t' }, { files: { '/t': 'from-file\n' } }))).code).toBe(0);
    expect((hub.bodies(`POST /clusters/${someId}/bootstrap`).at(-1) as { kubeconfig: string }).kubeconfig).toContain('from-file');
  });

  it('reads public repositories without credentials and private ones by key', async () => {
    hub.on('POST /fleet-repos', { ...fleetRepo, provider: 'git', url: 'https://git.example.com/org/fleet.git' });
    const plain = (...args: string[]) =>
      flotilla(url, ['bootstrap', 'git', '--path=clusters/lab', '--no-wait', ...args], {
        ...withUser({ token: 'k' }),
        gitToken: undefined,
        files: { id: 'KEY', hosts: 'HOSTS' },
      });
    await plain('--url=https://git.example.com/org/fleet.git');
    await plain('--url=ssh://git@git.example.com/org/fleet', '--private-key-file=id', '--known-hosts-file=hosts', '--silent');
    expect(hub.bodies(`POST /clusters/${someId}/bootstrap`).map((body) => (body as { authentication: string }).authentication)).toEqual(['none', 'ssh']);
    expect(hub.bodies('POST /fleet-repos')).toMatchObject([
      { name: 'org-fleet', provider: 'git' },
      { credentials: { sshPrivateKey: 'KEY', knownHosts: 'HOSTS' } },
    ]);
  });

  it('refuses a cluster or repo that has another home, and a missing token', async () => {
    hub
      .on('GET /fleet-repos', page(fleetRepo))
      .on('GET /clusters/lab', aCluster({ name: 'lab', path: 'clusters/other', fleetRepo: { id: someId, name: 'org-fleet' } }));
    expect(await flotilla(url, bootstrap, withUser({ token: 'k' }))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('path clusters/other, not in org-fleet, path clusters/lab'),
    });
    expect(await flotilla(url, [...bootstrap, '--branch=next', '--fleet-repo=org-fleet'], withUser({ token: 'k' }))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('branch main, not'),
    });
    expect(await flotilla(url, bootstrap, withUser({ token: 'k' }, { gitToken: undefined }))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('set GITHUB_TOKEN'),
    });
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
    const { code, stderr } = await flotilla(url, ['check', 'lab', '--pre'], withUser({ token: 'k' }));
    expect(code).toBe(4);
    expect(stderr).toBe(
      '► checking prerequisites\n✔ kubernetes: v1.36.3 >=1.33.0-0\n✗ rights: may not create CustomResourceDefinitions\n· do: use a cluster-admin kubeconfig\nerror: check failed\n',
    );
  });
});

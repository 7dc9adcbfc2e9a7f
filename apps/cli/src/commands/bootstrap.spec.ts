import { describe, expect, it } from 'vitest';
import { bootstrapHub } from '../../../../test/support/cli/bootstrap-hub.js';
import { aCluster, aDistribution, aFleetRepo, aKubeconfig, anOperation, aStep, someId } from '../../../../test/support/cli/builders.js';
import { page } from '../../../../test/support/cli/fake-hub.js';
import { flotilla, type RunOptions } from '../../../../test/support/cli/run-flotilla.js';

const hub = bootstrapHub();

const { cluster } = aKubeconfig({}).clusters[0] ?? {};
const withUser = (user: object, more: RunOptions = {}): RunOptions => ({
  gitToken: 'ghp',
  programs: (program) => (program === 'kubectl' ? { stdout: JSON.stringify(aKubeconfig(user)) } : {}),
  ...more,
});
const bootstrap = ['bootstrap', 'github', '--owner=org', '--repository=fleet', '--path=./clusters/lab/'];

describe('bootstrap', () => {
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
    const { code, stdout, stderr } = await flotilla(hub.url, [...bootstrap, '--interval=90s', '--personal', '--token-auth'], withUser({ token: 'kube' }));
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

  it('takes the imported distribution of a version', async () => {
    expect(
      (
        await flotilla(
          hub.url,
          [...bootstrap, '--no-wait', '--version=2.9.4', '--network-policy=true', '--watch-all-namespaces=true'],
          withUser({ token: 'k' }),
        )
      ).code,
    ).toBe(0);
    const [body] = hub.bodies(`POST /clusters/${someId}/bootstrap`);
    expect(body).toMatchObject({ distributionDigest: aDistribution().digest });
    expect(body).not.toHaveProperty('watchAllNamespaces');
    expect(await flotilla(hub.url, [...bootstrap, '--version=v2.0.0'], withUser({ token: 'k' }))).toMatchObject({
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
    expect(await flotilla(hub.url, bootstrap, withUser({ token: 'kube' }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no distribution is imported (distribution-missing)\n  do: flotilla distribution import FILE'),
    });
  });

  it('runs a credential plugin here, and sends only what it gave', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'get-token', args: ['--cluster', 'lab'], env: [{ name: 'REGION', value: 'eu' }] };
    const seen: unknown[] = [];
    const programs: RunOptions['programs'] = (program, args, env) => {
      if (program === 'kubectl') return { stdout: JSON.stringify(aKubeconfig({ exec })) };
      seen.push(program, args, env['REGION'], JSON.parse(env['KUBERNETES_EXEC_INFO'] ?? '{}'));
      return { stdout: JSON.stringify({ kind: 'ExecCredential', status: { token: 'short-lived' } }) };
    };
    expect((await flotilla(hub.url, [...bootstrap, '--no-wait'], { gitToken: 'ghp', programs })).code).toBe(0);
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
      programs: (program) => (program === 'kubectl' ? { stdout: JSON.stringify(aKubeconfig({ exec: { command: 'get-token' } })) } : { stdout: 'secret-word' }),
    };
    const failed = await flotilla(hub.url, bootstrap, broken);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('gave neither a token nor a client certificate') });
    expect(failed.stderr).not.toContain('secret-word');
    expect((await flotilla(hub.url, [...bootstrap, '--no-wait'], withUser({ tokenFile: '/t' }, { files: { '/t': 'from-file\n' } }))).code).toBe(0);
    expect((hub.bodies(`POST /clusters/${someId}/bootstrap`).at(-1) as { kubeconfig: string }).kubeconfig).toContain('from-file');
  });

  it('reads public repositories without credentials and private ones by key', async () => {
    hub.on('POST /fleet-repos', aFleetRepo({ provider: 'git', url: 'https://git.example.com/org/fleet.git' }));
    const plain = (...args: string[]) =>
      flotilla(hub.url, ['bootstrap', 'git', '--path=clusters/lab', '--no-wait', ...args], {
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
      .on('GET /fleet-repos', page(aFleetRepo()))
      .on('GET /clusters/lab', aCluster({ name: 'lab', path: 'clusters/other', fleetRepo: { id: someId, name: 'org-fleet' } }));
    expect(await flotilla(hub.url, bootstrap, withUser({ token: 'k' }))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('path clusters/other, not in org-fleet, path clusters/lab'),
    });
    expect(await flotilla(hub.url, [...bootstrap, '--branch=next', '--fleet-repo=org-fleet'], withUser({ token: 'k' }))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('branch main, not'),
    });
    expect(await flotilla(hub.url, bootstrap, withUser({ token: 'k' }, { gitToken: undefined }))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('set GITHUB_TOKEN'),
    });
  });
});

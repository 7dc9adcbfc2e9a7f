import { describe, expect, it } from 'vitest';
import { bootstrapHub } from '../../../../test/support/cli/bootstrap-hub.js';
import { aCluster, aFleetRepo, aKubeconfig, someId } from '../../../../test/support/cli/builders.js';
import { page } from '../../../../test/support/cli/fake-hub.js';
import { flotilla, type RunOptions } from '../../../../test/support/cli/run-flotilla.js';
import type { BootstrapProvider } from './bootstrap-flags.js';
import { refusedBootstrapFlags } from './bootstrap-refused-flags.js';
import { spelling } from './refused-flags.js';

const hub = bootstrapHub();
const https = ['--owner=org', '--repository=fleet'];
const target: Readonly<Record<BootstrapProvider, readonly string[]>> = { github: https, gitea: https, git: ['--url=https://git.example.com/fleet'] };
const run = (provider: BootstrapProvider, args: readonly string[], more: RunOptions & { user?: object; cluster?: object } = {}) =>
  flotilla(hub.url, ['bootstrap', provider, ...target[provider], '--path=clusters/lab', '--no-wait', ...args], {
    gitToken: 'ghp',
    programs: () => ({ stdout: JSON.stringify(aKubeconfig(more.user ?? { token: 'k' }, more.cluster)) }),
    ...more,
  });
const writes = () => hub.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`);
const sent = () => hub.bodies(`POST /clusters/${someId}/bootstrap`).at(-1) as { kubeconfig: string; authentication: string };

describe('flags of flux that a bootstrap does not take', () => {
  const all = (['git', 'github', 'gitea'] as const).flatMap((provider) => refusedBootstrapFlags(provider).map((flag) => ({ provider, flag })));
  it.each(all)('$provider --$flag.name is refused by name, with what to do', async ({ provider, flag }) => {
    const given = flag.value === undefined ? spelling(flag) : `--${flag.name}=other`;
    expect(await run(provider, [given])).toMatchObject({
      code: 2,
      stderr: `error: ${spelling(flag)} is refused, and nothing was written: ${flag.why}; ${flag.instead}\ncode: flag-unsupported\n`,
    });
    expect(hub.requests).toEqual([]);
  });

  it('are taken where they ask for what happens anyway', async () => {
    const same = all.filter(({ provider, flag }) => provider === 'git' && flag.unless !== undefined).map(({ flag }) => `--${flag.name}=${flag.unless}`);
    expect(same).toContain('--namespace=flux-system');
    expect((await run('git', [...same, '--force=false', '--network-policy=true', '--with-bearer-token=false'])).code).toBe(0);
  });

  it('speaks of the passphrase that --password is with ssh://', async () => {
    const answer = await flotilla(hub.url, ['bootstrap', 'git', '--url=ssh://git@x/fleet', '--path=clusters/lab', '--password=x']);
    expect(answer).toMatchObject({ code: 2, stderr: expect.stringContaining('--password is refused') });
    expect(answer.stderr).toContain('passphrase');
  });

  it('are listed in the help', async () => {
    const { stdout } = await flotilla(hub.url, ['bootstrap', 'github', '--help']);
    expect(stdout).toContain('--gpg-key-id');
    expect(stdout.replace(/\s+/g, ' ')).toContain('in flux it chooses a cluster of the kubeconfig');
  });
});

describe('a bootstrap that cannot begin writes nothing', () => {
  it.each<[string, readonly string[], object, string]>([
    ['a password in the kubeconfig', [], { user: { username: 'x', password: 'y' } }, 'kubeconfig-invalid'],
    ['an insecure kubeconfig', [], { cluster: { server: 'https://x', 'insecure-skip-tls-verify': true } }, 'kubeconfig-insecure'],
    ['a path outside', ['--path=../x'], {}, 'path-invalid'],
    ['workloads below the path', ['--workloads-path=clusters/lab/apps'], {}, '--workloads-path clusters/lab/apps overlaps'],
    ['an unknown distribution', ['--distribution=sha256:0'], {}, '--distribution sha256:0 is not imported'],
    ['half a client certificate', ['--client-key=k'], { files: { k: 'K' } }, '--client-certificate and --client-key together'],
    ['a bad duration', ['--timeout=soon'], {}, '--timeout soon'],
    ['a bad interval', ['--interval=soon'], {}, '--interval'],
    ['a bad kind of key', ['--ssh-key-algorithm=dsa'], {}, '--ssh-key-algorithm dsa'],
  ])('%s', async (_, args, more, message) => {
    const { code, stderr } = await run('github', args, more);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(writes()).toEqual([]);
  });

  it('no distribution, and a cluster that lives elsewhere', async () => {
    hub.on('GET /clusters/lab', aCluster({ name: 'lab', path: 'x', fleetRepo: { id: someId, name: 'other' } }));
    expect(await run('github', [])).toMatchObject({ code: 2, stderr: expect.stringContaining('in other, path x, not in org-fleet, path clusters/lab') });
    hub.on('GET /distributions', page());
    expect(await run('github', [])).toMatchObject({ code: 3, stderr: expect.stringContaining('flotilla distribution import flux.yaml') });
    expect(writes()).toEqual([]);
  });

  it('plain Git over SSH without a key, or with --token-auth', async () => {
    const ssh = (...args: string[]) => run('git', ['--url=ssh://git@git.example.com/fleet', ...args]);
    expect(await ssh()).toMatchObject({ code: 2, stderr: expect.stringContaining('--private-key-file') });
    expect(await ssh('--token-auth')).toMatchObject({ code: 2, stderr: expect.stringContaining('give --url as https://') });
    expect(writes()).toEqual([]);
  });
});

describe('a fleet repo that is registered already', () => {
  it('keeps its credentials, and the command says so', async () => {
    hub.on('GET /fleet-repos', page(aFleetRepo()));
    expect(await run('github', [])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('its stored credentials are kept, the ones given here are not used'),
    });
  });

  it('gets none added', async () => {
    hub.on('GET /fleet-repos', page(aFleetRepo({ hasCredentials: false })));
    expect(await run('github', [])).toMatchObject({ code: 2, stderr: expect.stringContaining('registered without credentials') });
    expect(writes()).toEqual([]);
  });

  it('is read with the token it has', async () => {
    hub.on('GET /fleet-repos', page(aFleetRepo({ provider: 'git', url: 'https://git.example.com/fleet' })));
    expect((await run('git', [], { gitToken: undefined })).code).toBe(0);
    expect(sent().authentication).toBe('token');
  });
});

describe('flags about the cluster', () => {
  it('stand in place of what the kubeconfig says', async () => {
    const files = { ca: '-----BEGIN CERTIFICATE-----\nca', cert: '-----BEGIN CERTIFICATE-----\nc', key: '-----BEGIN PRIVATE KEY-----\nk' };
    const address = ['--server=https://10.9.9.9', '--tls-server-name=api', '--certificate-authority=ca'];
    expect((await run('github', [...address, '--token=mine'], { files, user: { exec: { command: 'never-run' } } })).code).toBe(0);
    const { clusters, users } = JSON.parse(sent().kubeconfig) as { clusters: unknown; users: unknown };
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    expect(clusters).toEqual([
      { name: 'k', cluster: { server: 'https://10.9.9.9', 'tls-server-name': 'api', 'certificate-authority-data': base64(files.ca) } },
    ]);
    expect(users).toEqual([{ name: 'u', user: { token: 'mine' } }]);
    expect((await run('github', ['--client-certificate=cert', '--client-key=key'], { files })).code).toBe(0);
    expect(JSON.parse(sent().kubeconfig)).toMatchObject({
      users: [{ user: { 'client-certificate-data': base64(files.cert), 'client-key-data': base64(files.key) } }],
    });
  });

  it('--verbose prints the request without the kubeconfig', async () => {
    const { stderr } = await run('github', ['--verbose', '--token-auth']);
    expect(stderr).toContain('authentication: token');
    expect(stderr).toContain('kubeconfig: (not shown)');
  });
});

import { describe, expect, it } from 'vitest';
import { fluxCreateCases, valuesContent, valuesFile } from '../../../../test/support/cli/flux-create-cases.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

describe('create … --export', () => {
  it.each(fluxCreateCases)('$name', async ({ name, args }) => {
    const { code, stdout, stderr } = await flotilla(undefined, ['create', ...args, '--export'], { files: { [valuesFile]: valuesContent } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect(stdout).toMatchFileSnapshot(`../../../../test/golden/flux-create/${name}.yaml`);
  });

  it('reads switches as flux does: --x, --x=true, --x=false', async () => {
    const export_ = async (...flags: string[]) => (await flotilla(undefined, ['create', 'ks', 'apps', '--source=apps', '--export', ...flags])).stdout;
    const pruning = await export_('--prune');
    expect(pruning).toContain('prune: true');
    expect(await export_('--prune=true')).toBe(pruning);
    expect(await export_('--prune=false')).toBe(await export_());
  });

  it('exits 2 and names the flag that is missing or wrong', async () => {
    const noUrl = await flotilla(undefined, ['create', 'source', 'git', 'podinfo', '--branch=main', '--export']);
    expect(noUrl).toMatchObject({ code: 2, stdout: '' });
    expect(noUrl.stderr).toContain('--url: is required');
    expect((await flotilla(undefined, ['create', 'source', 'git', 'podinfo', '--url=https://x/y', '--branch=main'])).stderr).toContain(
      '--export (print the YAML) and --cluster NAME',
    );
    expect((await flotilla(undefined, ['create', 'hr', 'podinfo', '--chart-ref=HelmChart/x', '--values=none.yaml', '--export'])).stderr).toContain(
      '--values none.yaml cannot be read',
    );
  });

  it.each([
    ['git', ['--url=ssh://git@x/y'], '--url: must be http(s)://'],
    ['git', ['--url=https://x/y', '-u', 'me'], '--username: and --password, or --bearer-token'],
    ['git', ['--url=https://x/y', '-u', 'me', '--bearer-token=t'], '--bearer-token: cannot be used together'],
    ['helm', ['-p', 'word'], '--username: and --password must be given together'],
    ['helm', ['--tls-key-file=values.yaml'], '--tls-crt-file: and --tls-key-file must be given together'],
    ['tls', ['--tls-crt-file=values.yaml', '--tls-key-file=values.yaml'], '--tls-crt-file: does not hold PEM'],
    ['tls', [], '--ca-crt-file: or --tls-crt-file'],
    ['oci', ['--url=ghcr.io', '-u', 'me'], '--password: is required'],
    ['githubapp', ['--app-id=1'], '--app-installation-id: or --app-installation-owner'],
  ])('refuses incomplete secrets, as flux does: %s %j', async (kind, flags, message) => {
    const run = await flotilla(undefined, ['create', 'secret', kind, 'x1', '--export', ...flags], { files: { [valuesFile]: valuesContent } });
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain(message);
  });

  it('refuses wrong values of the flags that make a Secret, as flux does', async () => {
    const git = async (...flags: string[]) =>
      (await flotilla(undefined, ['create', 'source', 'git', 'podinfo', '--url=ssh://git@x/y', '--branch=main', '--export', ...flags])).stderr;
    expect(await git('--ca-file=ca.pem')).toContain('--ca-file: is not supported for Git over SSH');
    expect(await git('--ssh-key-algorithm=dsa')).toContain('must be one of: rsa, ecdsa, ed25519');
    expect(await git('--ssh-rsa-bits=1025')).toContain('--ssh-rsa-bits: "1025" must be a multiple of 8');
    expect(await git('--ns-follows-kube-context')).toContain('name the namespace with --namespace');
  });
});

describe('create … --cluster', () => {
  it.each([
    ['source git', ['--url=https://x/y', '--branch=main', '--password=hunter2'], '--password is refused'],
    ['source git', ['--url=ssh://x/y', '--branch=main', '--ssh-key-algorithm=rsa'], '--ssh-key-algorithm is refused'],
    ['source bucket', ['--bucket-name=b', '--endpoint=e', '--secret-key=hunter2'], '--secret-key is refused'],
    ['source helm', ['--url=https://x', '--key-file=key'], '--key-file is refused'],
    ['secret proxy', ['--address=https://p', '--password=hunter2'], '--cluster is refused'],
    ['kustomization', ['--source=apps', '--context=other'], '--context is refused'],
    ['kustomization', ['--source=apps', '--ns-follows-kube-context'], '--ns-follows-kube-context is refused'],
  ])('%s %j', async (path, flags, message) => {
    const { code, stderr } = await flotilla(undefined, ['create', ...path.split(' '), 'podinfo', ...flags, '--cluster=lab']);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
  });
});

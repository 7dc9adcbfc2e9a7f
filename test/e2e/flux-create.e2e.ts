import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOutput, runCommand } from '../rig/command.js';
import { runFlux } from '../rig/flux.js';

const CLI = resolve(import.meta.dirname, '..', '..', 'apps', 'cli', 'dist', 'main.js');
const GIT_URL = '--url=https://git.example.com/org/apps';

/** Commands and flags as both programs take them; `VALUES` is a file of Helm values. */
const commands: readonly (readonly string[])[] = [
  ['source', 'git', 'apps', GIT_URL, '--branch=main'],
  ['source', 'git', 'apps', '--url=ssh://git@git.example.com/org/apps', '--tag=v1.2.3', '--secret-ref=apps', '--interval=30s', '--label=team=a', '--label=b=c'],
  ['source', 'git', 'apps', GIT_URL, '--tag-semver=>=1.0.0 <2.0.0', '--ignore-paths=docs/,/ci', '--recurse-submodules', '--namespace=apps'],
  ['source', 'git', 'apps', GIT_URL, '--branch=main', '--commit=0123456789012345678901234567890123456789'],
  ['source', 'oci', 'apps', '--url=oci://registry.example.com/org/apps', '--tag=1.2.3', '--interval=10m'],
  [
    'source',
    'oci',
    'apps',
    '--url=oci://registry.example.com/org/apps',
    '--digest=sha256:0123456789012345678901234567890123456789012345678901234567890123',
    '--provider=aws',
  ],
  ['source', 'bucket', 'apps', '--bucket-name=apps', '--endpoint=minio.example.com:9000', '--insecure=true', '--secret-ref=minio', '--interval=10m'],
  ['source', 'helm', 'charts', '--url=https://charts.example.com', '--interval=1h', '--secret-ref=charts', '--pass-credentials'],
  ['source', 'helm', 'charts', '--url=oci://registry.example.com/charts'],
  [
    'kustomization',
    'apps',
    '--source=GitRepository/apps',
    '--path=./deploy/prod',
    '--prune=true',
    '--interval=10m',
    '--wait=true',
    '--health-check-timeout=3m',
  ],
  [
    ...['kustomization', 'apps', '--source=OCIRepository/apps.other', '--depends-on=infra', '--depends-on=base/crds', '--service-account=apps'],
    ...['--target-namespace=apps', '--decryption-provider=sops', '--decryption-secret=keys', '--retry-interval=2m', '--timeout=4m'],
  ],
  ['kustomization', 'apps', '--source=Bucket/apps', '--health-check=Deployment/web.apps', '--health-check=HelmRelease/db.apps'],
  ['helmrelease', 'web', '--source=HelmRepository/charts', '--chart=web', '--chart-version=>4.0.0', '--interval=10m', '--release-name=web-1'],
  [
    'helmrelease',
    'web',
    '--source=GitRepository/apps',
    '--chart=./charts/web',
    '--values=VALUES',
    '--crds=CreateReplace',
    '--target-namespace=apps',
    '--create-target-namespace',
  ],
  [
    'helmrelease',
    'web',
    '--chart-ref=OCIRepository/web',
    '--values-from=ConfigMap/defaults',
    '--values-from=Secret/web',
    '--depends-on=db',
    '--reconcile-strategy=Revision',
  ],
  ['alert', 'apps', '--event-severity=error', '--event-source=Kustomization/apps', '--event-source=GitRepository/*', '--provider-ref=slack'],
  [
    'alert-provider',
    'slack',
    '--type=slack',
    '--channel=general',
    '--address=https://hooks.slack.example.com/services/x',
    '--secret-ref=slack',
    '--username=bot',
  ],
  [
    'receiver',
    'github',
    '--type=github',
    '--event=ping',
    '--event=push',
    '--secret-ref=webhook',
    '--resource=GitRepository/apps',
    '--resource=HelmRepository/charts',
  ],
  ['image', 'repository', 'web', '--image=registry.example.com/web', '--interval=1m', '--secret-ref=registry'],
  ['image', 'policy', 'web', '--image-ref=web', '--select-semver=>=1.0.0'],
  ['image', 'policy', 'web', '--image-ref=web', '--select-numeric=asc', '--filter-regex=^main-[a-f0-9]+-(?P<ts>[0-9]+)', '--filter-extract=$ts'],
  [
    ...['image', 'update', 'apps', '--git-repo-ref=apps', '--git-repo-path=./clusters/prod', '--checkout-branch=main', '--push-branch=updates'],
    ...['--author-name=flux', '--author-email=flux@example.com', '--commit-template={{range .Changed.Changes}}{{print .OldValue}}{{end}}'],
  ],
  ['tenant', 'team', '--with-namespace=frontend', '--with-namespace=backend', '--label=environment=dev'],
];

/** What both must refuse. */
const mistakes: readonly (readonly string[])[] = [
  ['source', 'git', 'apps', '--branch=main'],
  ['source', 'git', 'apps', '--url=ftp://git.example.com/x', '--branch=main'],
  ['source', 'oci', 'apps', '--url=oci://registry.example.com/x'],
  ['kustomization', 'apps', '--source=HelmRepository/charts'],
  ['kustomization', 'apps', '--source=GitRepository/apps', '--health-check=Pod/web.apps'],
  ['helmrelease', 'web', '--source=HelmRepository/charts'],
  ['alert', 'apps', '--event-source=Kustomization/apps'],
  ['receiver', 'github', '--type=none', '--secret-ref=x', '--resource=GitRepository/apps'],
  ['source', 'git', 'Not_A_Name', GIT_URL, '--branch=main'],
];

describe('flotilla create … --export and the real flux', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'flux-create-'));
    writeFileSync(
      join(folder, 'values.yaml'),
      'image:\n  tag: "1.10"\n  pull: Always\nreplicas: 3\nemptyText: ""\nlist: [a, 1, true, null]\nnested: {on: "yes", x: 0.50}\n',
    );
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const given = (args: readonly string[]) => ['create', ...args.map((arg) => arg.replace('VALUES', join(folder, 'values.yaml'))), '--export'];

  it.each(commands.map((args) => [args.join(' '), args] as const))('print the same document for %s', async (_title, args) => {
    const theirs = await runFlux(given(args));
    expect({ code: theirs.code, stderr: theirs.stderr }).toEqual({ code: 0, stderr: '' });
    expect(await commandOutput(process.execPath, [CLI, ...given(args)], { cwd: folder })).toBe(theirs.stdout.toString());
  });

  it.each(mistakes.map((args) => [args.join(' '), args] as const))('both refuse %s', async (_title, args) => {
    const theirs = await runFlux(given(args));
    const ours = await runCommand(process.execPath, [CLI, ...given(args)], { cwd: folder });
    expect([theirs.code === 0, ours.code === 0]).toEqual([false, false]);
    expect(ours.stdout.toString()).toBe('');
  });
});

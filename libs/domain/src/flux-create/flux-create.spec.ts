import { describe, expect, it } from 'vitest';
import type { FlagValues } from './flags.js';
import { buildFluxObjects, exportYaml, fluxCreateCommands } from './flux-create.js';

function render(path: string, name: string, values: FlagValues, namespace = 'flux-system'): string {
  const command = fluxCreateCommands.find((candidate) => candidate.path === path);
  if (!command) throw new Error(`no command ${path}`);
  return exportYaml(buildFluxObjects(command, name, namespace, values));
}

describe('create … --export', () => {
  it('writes a Git source with labels, folded and literal text', () => {
    expect(
      render('source git', 'podinfo', {
        url: 'https://example.com/podinfo',
        tag: 'v1',
        'tag-semver': '>=1.0.0 <2.0.0',
        branch: 'main',
        interval: '90s',
        'fetch-timeout': '2m',
        label: ['b=2', 'a=true'],
        'ignore-paths': ['x', '/y/'],
        'recurse-submodules': true,
      }),
    ).toBe(`---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  labels:
    a: "true"
    b: "2"
  name: podinfo
  namespace: flux-system
spec:
  ignore: |-
    x
    /y/
  interval: 1m30s
  recurseSubmodules: true
  ref:
    semver: '>=1.0.0 <2.0.0'
  timeout: 2m0s
  url: https://example.com/podinfo
`);
  });

  it.each([
    [{ commit: 'c0ffee', branch: 'main', tag: 'v1' }, 'ref:\n    branch: main\n    commit: c0ffee\n'],
    [{ 'ref-name': 'refs/heads/main', tag: 'v1' }, 'ref:\n    name: refs/heads/main\n'],
    [{ tag: 'v1', branch: 'main' }, 'ref:\n    tag: v1\n'],
    [{ branch: 'main' }, 'ref:\n    branch: main\n'],
  ])('takes the reference flux takes from %j', (reference, expected) => {
    expect(render('source git', 'podinfo', { url: 'ssh://git@example.com/podinfo', ...reference })).toContain(expected);
  });

  it('keeps what flux prints though it is false, and leaves out what is empty', () => {
    expect(render('kustomization', 'apps', { source: 'gitrepository/apps.other', path: './deploy/../prod/', 'depends-on': ['infra', 'base/crds'] })).toBe(`---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
  dependsOn:
  - name: infra
  - name: crds
    namespace: base
  interval: 1m0s
  path: ./prod
  prune: false
  sourceRef:
    kind: GitRepository
    name: apps
    namespace: other
`);
  });

  it('gives health checks a time limit, and drops them where everything is waited for', () => {
    const checks = { source: 'Bucket/apps', 'health-check': ['HelmRelease/db.apps', 'Deployment/web.apps'] };
    expect(render('kustomization', 'apps', checks)).toContain(
      '  healthChecks:\n  - apiVersion: helm.toolkit.fluxcd.io/v2\n    kind: HelmRelease\n    name: db\n    namespace: apps\n  - kind: Deployment\n    name: web\n    namespace: apps\n',
    );
    const waiting = render('kustomization', 'apps', { ...checks, wait: true, 'health-check-timeout': '3m' });
    expect(waiting).not.toContain('healthChecks');
    expect(waiting).toContain('  timeout: 3m0s\n  wait: true\n');
  });

  it('merges values files, read as YAML 1.1', () => {
    expect(
      render('helmrelease', 'podinfo', {
        chart: 'podinfo',
        source: 'HelmRepository/podinfo',
        values: ['a:\n  on: yes\n  b: 1\nlist: [1, 2]\n', 'a:\n  b: 0.50\nlist: [three]\n'],
        'target-namespace': 'apps',
        crds: 'CreateReplace',
      }),
    ).toBe(`---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
  namespace: flux-system
spec:
  chart:
    spec:
      chart: podinfo
      reconcileStrategy: ChartVersion
      sourceRef:
        kind: HelmRepository
        name: podinfo
  install:
    crds: Create
  interval: 1m0s
  storageNamespace: apps
  targetNamespace: apps
  upgrade:
    crds: CreateReplace
  values:
    a:
      b: 0.5
      "true": true
    list:
    - three
`);
  });

  it('writes every object of a tenant', () => {
    const documents = render('tenant', 'dev-team', { 'with-namespace': ['apps', 'web'], label: ['env=dev'] }).split('---\n');
    expect(documents.map((document) => /^kind: (\w+)$/m.exec(document)?.[1])).toEqual([
      undefined,
      'Namespace',
      'ServiceAccount',
      'RoleBinding',
      'Namespace',
      'ServiceAccount',
      'RoleBinding',
    ]);
  });

  it.each([
    ['source git', {}, 'url'],
    ['source git', { url: 'ftp://x/y', branch: 'main' }, 'url'],
    ['source git', { url: 'https://x/y' }, 'branch'],
    ['source git', { url: 'https://x/y', branch: 'main', provider: 'gitlab' }, 'provider'],
    ['source git', { url: 'https://x/y', branch: 'main', interval: '10' }, 'interval'],
    ['source git', { url: 'https://x/y', branch: 'main', label: ['a'] }, 'label'],
    ['source git', { url: 'https://x/y', branch: 'main', label: ['-a=b'] }, 'label'],
    ['source oci', { url: 'oci://x/y' }, 'tag'],
    ['source oci', { url: 'oci://x/y', tag: '1', 'layer-selector': 'a:b' }, 'layer-selector'],
    ['source oci', { url: 'oci://x/y', tag: '1', 'verify-issuer': 'a' }, 'verify-provider'],
    ['source bucket', { 'bucket-name': 'b' }, 'endpoint'],
    ['source helm', { url: 'git://x' }, 'url'],
    ['source chart', { source: 'OCIRepository/x', chart: 'c' }, 'source'],
    ['kustomization', { source: 'HelmRepository/x' }, 'source'],
    ['kustomization', { source: 'GitRepository' }, 'source'],
    ['kustomization', { source: 'GitRepository/x', 'health-check': ['Pod/x.y'] }, 'health-check'],
    ['helmrelease', {}, 'chart'],
    ['helmrelease', { chart: 'a', 'chart-ref': 'HelmChart/a' }, 'chart'],
    ['helmrelease', { 'chart-ref': 'foobar/a' }, 'chart-ref'],
    ['helmrelease', { chart: 'a', source: 'HelmRepository/a', 'values-from': ['Pod/a'] }, 'values-from'],
    ['helmrelease', { chart: 'a', source: 'HelmRepository/a', values: ['- a'] }, 'values'],
    ['alert', { 'provider-ref': 'a' }, 'event-source'],
    ['receiver', { type: 'github', 'secret-ref': 'a' }, 'resource'],
    ['image policy', { 'image-ref': 'a', 'select-alpha': 'up' }, 'select-alpha'],
    ['image policy', { 'image-ref': 'a', 'select-semver': '1', 'select-alpha': 'asc' }, 'select-semver'],
    ['image policy', { 'image-ref': 'a', 'select-semver': '1', 'filter-regex': '(?P<ts>a)', 'filter-extract': '$no' }, 'filter-extract'],
    ['image policy', { 'image-ref': 'a', 'select-semver': '1', interval: '1m' }, 'interval'],
    ['image update', { 'git-repo-ref': 'a', 'checkout-branch': 'b', 'author-name': 'c', 'author-email': 'd', 'signing-key-type': 'gpg' }, 'signing-key-type'],
    ['tenant', {}, 'with-namespace'],
  ])('%s refuses %j, naming --%s', (path, values, flag) => {
    expect(() => render(path, 'name-of-it', values)).toThrow(expect.objectContaining({ flag, code: 'bad-request' }));
  });

  it.each(['a', 'A-b', 'a_b', '-ab'])('refuses the name %j', (name) => {
    expect(() => render('alert', name, {})).toThrow(expect.objectContaining({ flag: 'name' }));
  });
});

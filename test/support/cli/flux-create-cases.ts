/** Command lines that `flux` and `flotilla` must answer with the same bytes; also those of the golden files, by `name`. */
export interface FluxCreateCase {
  readonly name: string;
  readonly args: readonly string[];
}

/** Name of the values file that the cases read, and what is in it. */
export const valuesFile = 'values.yaml';
export const valuesContent = `# YAML 1.1, as Helm reads it
replicaCount: 2
enabled: yes
ratio: 0.50
resources: {limits: {memory: 64Mi, cpu: "1"}}
args: ["--a=b", "- c", 'it''s']
script: |
  echo one
  echo two
long: a sentence that goes on for longer than the eighty columns after which the writer of flux folds a line of text
date: "2026-05-03"
empty: ""
`;

export const fluxCreateCases: readonly FluxCreateCase[] = [
  { name: 'source-git-branch', args: ['source', 'git', 'podinfo', '--url=https://github.com/stefanprodan/podinfo', '--branch=master'] },
  {
    name: 'source-git-everything',
    args: [
      'source',
      'git',
      'podinfo',
      '--url=ssh://git@github.com/stefanprodan/podinfo',
      '--tag-semver=>=3.2.0 <3.3.0',
      '--interval=90s',
      '--fetch-timeout=2m',
      '--secret-ref=podinfo',
      '--proxy-secret-ref=proxy',
      '--provider=generic',
      '--recurse-submodules=true',
      '--ignore-paths=.git,/docs/',
      '--sparse-checkout-paths=deploy',
      '--label=team=apps,tier=1',
      '--namespace=apps',
    ],
  },
  {
    name: 'source-git-commit',
    args: ['source', 'git', 'podinfo', '--url=https://github.com/stefanprodan/podinfo', '--branch=main', '--commit=1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e'],
  },
  {
    name: 'source-git-https-credentials',
    args: [
      ...['source', 'git', 'podinfo', '--url=https://git.example.com/podinfo', '--branch=main', '-u', 'me', '-p', 'word', '--ca-file=not-read.pem'],
      ...['--kubeconfig=not-read', '--context=none', '--as=root', '--token=t', '--verbose', '--kube-api-qps=9', '--disable-compression'],
    ],
  },
  {
    name: 'source-git-ssh-key',
    args: [
      ...['source', 'git', 'podinfo', '--url=ssh://git@git.example.com/podinfo', '--branch=main', '--private-key-file=not-read', '-s'],
      ...['--ssh-key-algorithm=rsa', '--ssh-rsa-bits=4096', '--ssh-ecdsa-curve=p521', '--secret-ref=key'],
    ],
  },
  {
    name: 'source-bucket-keys',
    args: ['source', 'bucket', 'podinfo', '--bucket-name=podinfo', '--endpoint=minio:9000', '--access-key=a', '--secret-key=b'],
  },
  {
    name: 'source-helm-credentials',
    args: [
      ...['source', 'helm', 'podinfo', '--url=https://charts.example.com', '--username=me', '--password=word', '--pass-credentials'],
      ...['--ca-file=not-read', '--cert-file=not-read', '--key-file=not-read'],
    ],
  },
  { name: 'tenant-unused-interval', args: ['tenant', 'dev', '--with-namespace=dev', '--interval=5m'] },
  { name: 'source-oci', args: ['source', 'oci', 'podinfo', '--url=oci://ghcr.io/stefanprodan/manifests/podinfo', '--tag=6.6.2', '--interval=10m'] },
  {
    name: 'source-oci-verify',
    args: [
      'source',
      'oci',
      'podinfo',
      '--url=oci://ghcr.io/stefanprodan/manifests/podinfo',
      '--digest=sha256:1f7a5c3e',
      '--tag-semver=6.x',
      '--provider=aws',
      '--service-account=pull',
      '--cert-ref=tls',
      '--insecure',
      '--verify-provider=cosign',
      '--verify-issuer=^https://token.actions.githubusercontent.com$',
      '--verify-subject=^https://github.com/stefanprodan/.*$',
      '--layer-selector=application/vnd.cncf.helm.chart.content.v1.tar+gzip:copy',
      '--ignore-paths=a,b',
    ],
  },
  {
    name: 'source-bucket',
    args: [
      'source',
      'bucket',
      'podinfo',
      '--bucket-name=podinfo',
      '--endpoint=minio.minio.svc.cluster.local:9000',
      '--insecure=true',
      '--region=eu-west-1',
      '--secret-ref=minio',
      '--interval=10m',
    ],
  },
  {
    name: 'source-helm-https',
    args: ['source', 'helm', 'podinfo', '--url=https://stefanprodan.github.io/podinfo', '--secret-ref=creds', '--pass-credentials', '--interval=1h30m'],
  },
  { name: 'source-helm-oci', args: ['source', 'helm', 'podinfo', '--url=oci://ghcr.io/stefanprodan/charts/podinfo', '--oci-provider=aws', '--interval=10m'] },
  {
    name: 'source-chart',
    args: [
      'source',
      'chart',
      'podinfo',
      '--source=HelmRepository/podinfo',
      '--chart=podinfo',
      '--chart-version=6.x',
      '--interval=5m',
      '--verify-provider=cosign',
      '--verify-secret-ref=keys',
    ],
  },
  {
    name: 'kustomization',
    args: [
      'kustomization',
      'kyverno',
      '--source=GitRepository/kyverno',
      '--path=./config/release',
      '--prune=true',
      '--interval=60m',
      '--wait=true',
      '--health-check-timeout=3m',
    ],
  },
  {
    name: 'kustomization-everything',
    args: [
      'ks',
      'apps',
      '--source=ocirepository/apps.other',
      '--path=deploy/../prod/',
      '--depends-on=infra,base/crds',
      '--health-check=Deployment/web.apps',
      '--health-check=HelmRelease/db.apps',
      '--service-account=apps',
      '--decryption-provider=sops',
      '--decryption-secret=keys',
      '--target-namespace=apps',
      '--kubeconfig-secret-ref=remote',
      '--retry-interval=30s',
    ],
  },
  { name: 'kustomization-plain', args: ['kustomization', 'apps', '--source=apps'] },
  {
    name: 'helmrelease',
    args: [
      'helmrelease',
      'podinfo',
      '--source=HelmRepository/podinfo.charts',
      '--chart=podinfo',
      '--chart-version=>4.0.0',
      '--chart-interval=5m',
      '--interval=10m',
      '--reconcile-strategy=Revision',
    ],
  },
  {
    name: 'helmrelease-values',
    args: [
      'hr',
      'podinfo',
      '--chart-ref=OCIRepository/podinfo.charts',
      `--values=${valuesFile}`,
      '--values-from=Secret/a,configmap/b',
      '--target-namespace=apps',
      '--create-target-namespace',
      '--crds=CreateReplace',
      '--depends-on=db',
      '--service-account=helm',
      '--release-name=web',
      '--kubeconfig-secret-ref=remote',
    ],
  },
  { name: 'alert', args: ['alert', 'apps', '--event-severity=error', '--event-source=Kustomization/apps,HelmRelease/podinfo.apps', '--provider-ref=slack'] },
  {
    name: 'alert-provider',
    args: [
      'alert-provider',
      'slack',
      '--type=slack',
      '--channel=general',
      '--username=flux',
      '--address=https://hooks.slack.com/services/mock',
      '--secret-ref=slack',
    ],
  },
  {
    name: 'receiver',
    args: [
      'receiver',
      'github',
      '--type=github',
      '--event=ping',
      '--event=push',
      '--secret-ref=webhook',
      '--resource=GitRepository/apps',
      '--resource=HelmRepository/charts',
    ],
  },
  {
    name: 'image-repository',
    args: [
      'image',
      'repository',
      'podinfo',
      '--image=ghcr.io/stefanprodan/podinfo',
      '--interval=1m',
      '--scan-timeout=30s',
      '--secret-ref=regcred',
      '--cert-ref=tls',
    ],
  },
  {
    name: 'image-policy-semver',
    args: ['image', 'policy', 'podinfo', '--image-ref=podinfo', '--select-semver=>=1.0.0', '--reflect-digest=Always', '--interval=5m'],
  },
  {
    name: 'image-policy-numeric',
    args: [
      'image',
      'policy',
      'podinfo',
      '--image-ref=podinfo',
      '--select-numeric=asc',
      '--filter-regex=^main-[a-f0-9]+-(?P<ts>[0-9]+)',
      '--filter-extract=$ts',
    ],
  },
  {
    name: 'image-update',
    args: [
      'image',
      'update',
      'apps',
      '--git-repo-ref=apps',
      '--git-repo-namespace=sources',
      '--git-repo-path=./clusters/prod',
      '--checkout-branch=main',
      '--push-branch=updates',
      '--author-name=flux',
      '--author-email=flux@example.com',
      '--commit-template={{range .Changed.Changes}}{{print .OldValue}}{{end}}',
      '--signing-key-secret=signing',
      '--signing-key-type=ssh',
    ],
  },
  { name: 'tenant', args: ['tenant', 'dev-team', '--with-namespace=frontend', '--with-namespace=backend', '--label=environment=dev'] },
  {
    name: 'tenant-account',
    args: ['tenant', 'dev-team', '--with-namespace=apps', '--with-service-account=deployer', '--cluster-role=edit', '--skip-namespace'],
  },
  {
    name: 'secret-git',
    args: ['secret', 'git', 'apps', '--url=https://git.example.com/apps', '-u', 'me', '-p', 'word', `--ca-crt-file=${valuesFile}`, '--label=a=b'],
  },
  { name: 'secret-git-bearer', args: ['secret', 'git', 'apps', '--url=https://git.example.com/apps', '--bearer-token=word', '--ssh-key-algorithm=rsa'] },
  { name: 'secret-helm', args: ['secret', 'helm', 'charts', '--username=me', '--password=word', '--namespace=apps'] },
  { name: 'secret-helm-ca', args: ['secret', 'helm', 'charts', '--username=me', '--password=word', `--ca-crt-file=${valuesFile}`] },
  { name: 'secret-helm-empty', args: ['secret', 'helm', 'charts'] },
  { name: 'secret-oci', args: ['secret', 'oci', 'ghcr', '--url=ghcr.io/org', '--username=me', '--password=a<b&"ü'] },
  { name: 'secret-tls', args: ['secret', 'tls', 'certs', `--ca-crt-file=${valuesFile}`] },
  { name: 'secret-proxy', args: ['secret', 'proxy', 'proxy', '--address=https://proxy:3128', '--username=me'] },
  {
    name: 'secret-githubapp',
    args: ['secret', 'githubapp', 'app', '--app-id=1', '--app-installation-id=2', `--app-private-key=${valuesFile}`, '--app-base-url=https://ghe/api/v3'],
  },
  { name: 'secret-githubapp-owner', args: ['secret', 'githubapp', 'app', '--app-id=1', '--app-installation-owner=org', `--app-private-key=${valuesFile}`] },
];

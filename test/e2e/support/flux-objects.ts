/** Never answers: nothing may listen on port 1, so that what fails says so in the same words every time. */
const NOWHERE = '127.0.0.1:1';
/** Long enough that nothing is tried twice within a test: messages stay as they are. */
const QUIET = '1h';

/** What the Git repository holds: paths of a Kustomization each, and a chart. */
export const fluxFiles: Readonly<Record<string, string>> = {
  'apps/settings.yaml': configMap('settings'),
  'broken/settings.yaml': 'kind: [unclosed\n',
  // the API server refuses it in more than one line
  'refused/settings.yaml': `${configMap('Not_A_Name')}---\n${configMap('Nor_This')}`,
  ...chartFiles('1.0.0', configMap('chart-settings')),
};

/** The chart one version on, with an object that the API server refuses: the upgrade to it fails. */
export const refusedChartFiles = chartFiles('1.1.0', configMap('Not_A_Name'));

function chartFiles(version: string, template: string): Readonly<Record<string, string>> {
  return { 'chart/Chart.yaml': `apiVersion: v2\nname: web\nversion: ${version}\n`, 'chart/templates/settings.yaml': template };
}

function configMap(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: default\ndata:\n  key: value\n`;
}

/** Flux objects in every state that `flux get` can show without the internet: ready, failing, suspended, waiting, in three namespaces. */
export function fluxObjects(url: string): string {
  const objects = [
    { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'team' } },
    // Kubernetes lists it before "team": keys are sorted with the slash after the name
    { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'team-a' } },
    gitRepository('apps', 'flux-system', { url }),
    gitRepository('pinned', 'flux-system', { url, ref: { tag: 'v1' } }),
    gitRepository('unreachable', 'flux-system', { url: `http://${NOWHERE}/none.git` }),
    gitRepository('branchless', 'flux-system', { url, ref: { branch: 'nowhere' } }),
    gitRepository('never', 'flux-system', { url, suspend: true }),
    gitRepository('paused', 'flux-system', { url }, { tier: 'old' }),
    gitRepository('apps', 'team', { url }),
    gitRepository('lost', 'team', { url: `http://${NOWHERE}/lost.git` }),
    gitRepository('apps', 'team-a', { url }),
    kustomization('apps', 'flux-system', { path: './apps' }),
    kustomization('broken', 'flux-system', { path: './broken' }),
    kustomization('absent', 'flux-system', { path: './absent' }),
    kustomization('refused', 'flux-system', { path: './refused' }),
    kustomization('waiting', 'flux-system', { sourceRef: { kind: 'GitRepository', name: 'unreachable' } }),
    kustomization('sourceless', 'flux-system', { sourceRef: { kind: 'GitRepository', name: 'gone' } }),
    kustomization('after', 'flux-system', { path: './apps', dependsOn: [{ name: 'broken' }] }),
    kustomization('never', 'flux-system', { suspend: true }),
    kustomization('paused', 'flux-system', { path: './apps' }, { tier: 'old' }),
    kustomization('apps', 'team', { path: './apps', sourceRef: { kind: 'GitRepository', name: 'apps', namespace: 'flux-system' } }),
    kustomization('apps', 'team-a', { path: './broken' }),
    source('OCIRepository', 'charts', { url: `oci://${NOWHERE}/charts/web`, insecure: true, ref: { tag: '1.0.0' } }),
    source('HelmRepository', 'charts', { url: `http://${NOWHERE}/charts` }),
    source('HelmRepository', 'charts-oci', { type: 'oci', url: `oci://${NOWHERE}/charts` }),
    // without its type the same address is a mistake
    source('HelmRepository', 'charts-untyped', { url: `oci://${NOWHERE}/charts` }),
    source('Bucket', 'files', { bucketName: 'files', endpoint: NOWHERE, insecure: true }),
    helmRelease('web', { chart: { spec: { chart: './chart', sourceRef: { kind: 'GitRepository', name: 'apps' } } } }),
    helmRelease('chartless', { chart: { spec: { chart: 'web', sourceRef: { kind: 'HelmRepository', name: 'charts' } } } }),
    helmRelease('referring', { chartRef: { kind: 'OCIRepository', name: 'charts' } }),
    image('ImageRepository', 'web', { image: `${NOWHERE}/web`, interval: QUIET }),
    image('ImageRepository', 'paused', { image: `${NOWHERE}/paused`, interval: QUIET, suspend: true }),
    image('ImagePolicy', 'web', { imageRepositoryRef: { name: 'web' }, policy: { semver: { range: '1.x' } } }),
    image('ImageUpdateAutomation', 'web', {
      interval: QUIET,
      sourceRef: { kind: 'GitRepository', name: 'apps' },
      git: { commit: { author: { email: 'bot@example.invalid' } } },
    }),
    notification('Provider', 'v1beta3', { type: 'generic', address: `http://${NOWHERE}/hook` }),
    notification('Alert', 'v1beta3', { providerRef: { name: 'team' }, eventSources: [{ kind: 'Kustomization', name: 'apps' }] }),
    notification('Receiver', 'v1', { type: 'generic', secretRef: { name: 'gone' }, resources: [{ kind: 'GitRepository', name: 'apps' }] }),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}

type Spec = Readonly<Record<string, unknown>>;

function gitRepository(name: string, namespace: string, spec: Spec, labels: Readonly<Record<string, string>> = {}) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace, labels },
    spec: { interval: QUIET, timeout: '20s', ref: { branch: 'main' }, ...spec },
  };
}

function source(kind: string, name: string, spec: Spec) {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind,
    metadata: { name, namespace: 'flux-system' },
    spec: { interval: QUIET, timeout: '20s', ...spec },
  };
}

function kustomization(name: string, namespace: string, spec: Spec, labels: Readonly<Record<string, string>> = {}) {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace, labels },
    spec: { interval: QUIET, retryInterval: QUIET, prune: false, sourceRef: { kind: 'GitRepository', name: 'apps' }, ...spec },
  };
}

function helmRelease(name: string, spec: Spec) {
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace: 'flux-system' },
    spec: { interval: QUIET, timeout: '20s', ...spec },
  };
}

function image(kind: string, name: string, spec: Spec) {
  return { apiVersion: 'image.toolkit.fluxcd.io/v1', kind, metadata: { name, namespace: 'flux-system' }, spec };
}

/** What the image controllers, which the rig does not run, would say of them. */
export const imageStatuses: readonly (readonly [kind: string, name: string, status: object])[] = [
  [
    'imagerepository',
    'web',
    {
      observedGeneration: 1,
      canonicalImageName: `${NOWHERE}/web`,
      lastScanResult: { scanTime: '2026-05-03T10:00:00Z', tagCount: 3, latestTags: ['1.1.0'] },
      conditions: [ready('successful scan: found 3 tags')],
    },
  ],
  [
    'imagepolicy',
    'web',
    { observedGeneration: 1, latestRef: { name: `${NOWHERE}/web`, tag: '1.1.0' }, conditions: [ready('Latest image tag resolved to 1.1.0')] },
  ],
  ['imageupdateautomation', 'web', { observedGeneration: 1, lastAutomationRunTime: '2026-05-03T10:05:00Z', conditions: [ready('repository up-to-date')] }],
];

function ready(message: string) {
  return { type: 'Ready', status: 'True', reason: 'Succeeded', message, lastTransitionTime: '2026-05-03T10:00:00Z' };
}

function notification(kind: string, version: string, spec: Spec) {
  return { apiVersion: `notification.toolkit.fluxcd.io/${version}`, kind, metadata: { name: 'team', namespace: 'flux-system' }, spec };
}

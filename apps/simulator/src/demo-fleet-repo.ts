import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  addPatch,
  cancelHealthCheckPatch,
  fluxFilePaths,
  renderFleetSource,
  renderFluxKustomization,
  renderSync,
  renderYaml,
  scaffoldFilePaths,
  type KubeObject,
} from '@flotilla/domain';
import { demoClusters } from './fleet/demo-clusters.js';
import { failsAnnotation } from './flux/reconcile-kustomization.js';
import { git } from './repo/git-process.js';

const branch = 'main';
const workloadsPath = 'apps';
const services = ['web', 'orders', 'payments'] as const;
/** Who commits to the demo repo. */
const people = {
  setup: { name: 'Ada Platform', email: 'ada@demo.example' },
  web: { name: 'Wei Frontend', email: 'wei@demo.example' },
  payments: { name: 'Pat Payments', email: 'pat@demo.example' },
} as const;
type Person = (typeof people)[keyof typeof people];

export interface DemoRepoOptions {
  /** the bare repository is made here; it is left alone when it holds commits already */
  readonly directory: string;
  /** URL clusters and hub read it under */
  readonly url: string;
  readonly clusters: number;
}

/** Makes the bare fleet repo of the demo: a directory per cluster with what a bootstrap writes, and three services all clusters run. True when it was made. */
export async function createDemoFleetRepo(options: DemoRepoOptions): Promise<boolean> {
  await mkdir(options.directory, { recursive: true });
  await git(['init', '--quiet', '--bare', `--initial-branch=${branch}`, options.directory]);
  if ((await git(['for-each-ref', '--count=1'], { cwd: options.directory })).length > 0) return false;
  // so that it can be served, pushed to and read by any commit id over HTTP
  for (const [key, value] of [
    ['http.receivepack', 'true'],
    ['uploadpack.allowReachableSHA1InWant', 'true'],
  ] as const)
    await git(['config', key, value], { cwd: options.directory });
  await inWorkTree(options.directory, false, async (tree) => {
    await write(tree, { 'README.md': '# Demo fleet\n\n`clusters/` has a directory per cluster, `apps/` what all of them run.\n', ...appFiles() });
    await commit(tree, people.web, 'Add the services web, orders and payments');
    for (const { path } of demoClusters(options.clusters)) await write(tree, clusterFiles(path, options.url));
    await commit(tree, people.setup, `Bootstrap ${options.clusters} clusters`);
    await write(tree, { 'apps/web/deployment.yaml': deployment('web', '1.1.0') });
    await commit(tree, people.web, 'web: Release 1.1.0');
  });
  return true;
}

/** What can be broken: a Deployment that never becomes healthy, or a manifest that does not build. */
export type DemoBreakage = 'health' | 'build';

/** Commits a bad change to the demo repo, as a person would: a release of payments that never becomes healthy, or one whose YAML does not parse. Gives the commit id. */
export async function breakFleetRepo(directory: string, breakage: DemoBreakage = 'health'): Promise<string> {
  return inWorkTree(directory, true, async (tree) => {
    const version = `2.0.${Date.now() % 100_000}`;
    const bad =
      breakage === 'health'
        ? deployment('payments', version, { [failsAnnotation]: 'health' })
        : `${deployment('payments', version)}  replicas: {{ .replicas }\n`;
    await write(tree, { 'apps/payments/deployment.yaml': bad });
    return commit(tree, people.payments, `payments: Release ${version}`);
  });
}

/** Commits a good change, so that there is something to see moving. Gives the commit id. */
export async function advanceFleetRepo(directory: string): Promise<string> {
  return inWorkTree(directory, true, async (tree) => {
    const version = `1.2.${Date.now() % 100_000}`;
    await write(tree, { 'apps/web/deployment.yaml': deployment('web', version) });
    return commit(tree, people.web, `web: Release ${version}`);
  });
}

function clusterFiles(path: string, url: string): Record<string, string> {
  const sync = { url, branch, path, interval: '1m0s' };
  const files = fluxFilePaths(path);
  return {
    [files.components]: renderYaml([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system', labels: { 'app.kubernetes.io/part-of': 'flux' } } },
    ]),
    [files.sync]: renderSync(sync),
    [files.kustomization]: addPatch(renderFluxKustomization(), cancelHealthCheckPatch),
    [scaffoldFilePaths(path).fleetSource]: renderFleetSource({ ...sync, workloadsPath, agent: { image: 'flotilla-agent', readOnly: false } }),
  };
}

function appFiles(): Record<string, string> {
  const entries = services.map((service) => ({
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: service, namespace: 'flux-system' },
    spec: { interval: '10m0s', path: `./apps/${service}`, prune: true, sourceRef: { kind: 'GitRepository', name: 'fleet' }, timeout: '3m0s', wait: true },
  }));
  const files: Record<string, string> = {
    'apps/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- services.yaml\n- cache.yaml\n',
    'apps/services.yaml': renderYaml(entries),
    'apps/cache.yaml': renderYaml([
      {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'HelmRepository',
        metadata: { name: 'charts', namespace: 'flux-system' },
        spec: { interval: '1h0m0s', url: 'https://charts.demo.example' },
      },
      {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        metadata: { name: 'cache', namespace: 'flux-system' },
        spec: {
          interval: '10m0s',
          chart: { spec: { chart: 'cache', version: '7.2.1', sourceRef: { kind: 'HelmRepository', name: 'charts' } } },
          targetNamespace: 'cache',
        },
      },
    ]),
  };
  for (const service of services) {
    files[`apps/${service}/deployment.yaml`] = deployment(service, '1.0.0');
    files[`apps/${service}/service.yaml`] = renderYaml([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: service, namespace: 'shop' },
        spec: { selector: { app: service }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ]);
  }
  return files;
}

function deployment(name: string, version: string, annotations?: Readonly<Record<string, string>>): string {
  const object: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', ...(annotations ? { annotations } : {}) },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: `registry.demo.example/${name}:${version}` }] } },
    },
  };
  return renderYaml([object]);
}

async function inWorkTree<T>(directory: string, hasCommits: boolean, work: (tree: string) => Promise<T>): Promise<T> {
  const tree = await mkdtemp(join(tmpdir(), 'flotilla-demo-'));
  try {
    if (hasCommits) await git(['clone', '--quiet', '--depth=1', `--branch=${branch}`, `file://${directory}`, tree]);
    else {
      await git(['init', '--quiet', `--initial-branch=${branch}`, tree]);
      await git(['remote', 'add', 'origin', directory], { cwd: tree });
    }
    const result = await work(tree);
    await git(['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`], { cwd: tree });
    return result;
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

async function write(tree: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), content);
  }
}

async function commit(tree: string, person: Person, message: string): Promise<string> {
  await git(['add', '--all'], { cwd: tree });
  const env = { GIT_AUTHOR_NAME: person.name, GIT_AUTHOR_EMAIL: person.email, GIT_COMMITTER_NAME: person.name, GIT_COMMITTER_EMAIL: person.email };
  await git(['commit', '--quiet', '--message', message], { cwd: tree, env });
  return (await git(['rev-parse', 'HEAD'], { cwd: tree })).toString('utf8').trim();
}

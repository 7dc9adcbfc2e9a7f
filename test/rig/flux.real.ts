import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from './cluster.js';
import { exportDistribution, fluxOutput } from './flux.js';
import { GitHttpServer } from './git-http-server.js';
import { GitWorkTree } from './git-work-tree.js';
import { waitFor } from './wait-for.js';

const CREDENTIALS = { username: 'flux', password: 'rig-password' };
const PATH = 'clusters/alpha';
const GATE = '--feature-gates=CancelHealthCheckOnNewRevision=true';

const configMap = (value: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: greeting
  namespace: default
data:
  value: ${value}
`;

const PATCHED = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- gotk-components.yaml
- gotk-sync.yaml
patches:
- target:
    kind: Deployment
    name: kustomize-controller
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: ${GATE}
`;

interface Source {
  readonly status?: { readonly artifact?: { readonly revision?: string } };
}

interface ConfigMap {
  readonly data: { readonly value: string };
}

describe('real Flux on the rig', () => {
  let cluster: RigCluster;
  let git: GitHttpServer;
  let tree: GitWorkTree;

  beforeAll(async () => {
    git = await GitHttpServer.start({ credentials: CREDENTIALS });
    cluster = await startCluster({ name: 'alpha' });
    await cluster.startFlux();
    const { url } = await git.createRepository('fleet');
    const started = Date.now();
    await fluxOutput(
      [
        ...['bootstrap', 'git', `--url=${url}`, '--branch=main', `--path=${PATH}`, '--token-auth', '--allow-insecure-http', '--silent'],
        ...[`--username=${CREDENTIALS.username}`, `--password=${CREDENTIALS.password}`],
      ],
      { cluster },
    );
    process.stdout.write(`flux bootstrap took ${Date.now() - started} ms\n`);
    tree = await GitWorkTree.clone(url.replace('://', `://${CREDENTIALS.username}:${CREDENTIALS.password}@`));
  });

  afterAll(async () => {
    await cluster?.stop();
    await git?.stop();
  });

  it('is what the real flux CLI bootstraps: two commits, three files, every component healthy', async () => {
    expect((await tree.subjects()).reverse()).toEqual(['Add Flux v2.9.4 component manifests', 'Add Flux sync manifests']);
    expect(readdirSync(join(tree.folder, PATH, 'flux-system')).sort()).toEqual(['gotk-components.yaml', 'gotk-sync.yaml', 'kustomization.yaml']);
    await fluxOutput(['check'], { cluster });
  });

  it('exports the distribution that the bootstrap committed', async () => {
    const { manifests, digest } = await exportDistribution();
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(manifests.match(/^kind: CustomResourceDefinition$/gm)).toHaveLength(11);
    expect(readFileSync(join(tree.folder, PATH, 'flux-system', 'gotk-components.yaml'), 'utf8').trim()).toBe(manifests.trim());
  });

  it('applies what is pushed, and says at which revision', async () => {
    const commit = await tree.commit('Greet', { [`${PATH}/greeting.yaml`]: configMap('hello') });
    await fluxOutput(['reconcile', 'kustomization', 'flux-system', '--with-source'], { cluster });
    const greeting = await cluster.api.find<ConfigMap>('/api/v1/namespaces/default/configmaps/greeting');
    expect(greeting?.data.value).toBe('hello');
    const source = await cluster.api.find<Source>('/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system');
    expect(source?.status?.artifact?.revision).toBe(`main@sha1:${commit}`);
  });

  it('gives a feature gate patched in Git its real effect: the controller runs with it', async () => {
    const flux = await cluster.startFlux();
    const before = flux.process('kustomize-controller')?.pid;
    expect(flux.runningArguments('kustomize-controller')).not.toContain(GATE);
    await tree.commit('Cancel health checks on a new revision', { [`${PATH}/flux-system/kustomization.yaml`]: PATCHED });
    await fluxOutput(['reconcile', 'source', 'git', 'flux-system'], { cluster });
    await waitFor('the restarted kustomize-controller', () => flux.runningArguments('kustomize-controller').includes(GATE));
    expect(flux.process('kustomize-controller')?.pid).not.toBe(before);
    await flux.ready();
    await tree.commit('Greet again', { [`${PATH}/greeting.yaml`]: configMap('again') });
    await fluxOutput(['reconcile', 'kustomization', 'flux-system', '--with-source'], { cluster });
    expect((await cluster.api.find<ConfigMap>('/api/v1/namespaces/default/configmaps/greeting'))?.data.value).toBe('again');
  });

  it('starts a controller that died again, and stops them all when Flux is uninstalled', async () => {
    const flux = await cluster.startFlux();
    const killed = flux.process('source-controller');
    killed?.signal('SIGKILL');
    await waitFor('another source-controller', () => flux.process('source-controller')?.pid !== killed?.pid);
    await flux.ready();
    await fluxOutput(['uninstall', '--silent'], { cluster });
    await waitFor('the controllers to stop', () => flux.process('kustomize-controller') === undefined && flux.process('source-controller') === undefined);
    expect(await cluster.api.find('/api/v1/namespaces/default/configmaps/greeting')).toBeDefined();
  });
});

import { execFileSync } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { vetKubeconfig } from '@flotilla/domain';
import { checkCluster } from '@flotilla/fleet/bootstrap';
import { KubeClient } from '@flotilla/kube';
import { createOutbound } from '@flotilla/outbound';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, BootstrapBench } from '../support/bootstrap-bench.js';
import { startCluster, type RigCluster } from './cluster.js';
import { exportDistribution, fluxOutput, runFlux } from './flux.js';
import { GitHttpServer } from './git-http-server.js';
import { GitWorkTree } from './git-work-tree.js';
import { waitFor } from './wait-for.js';

const credentials = { username: 'git', token: 'secret' };
const path = 'clusters/a';
let server: GitHttpServer;
let bench: BootstrapBench;
let [ours, theirs]: (RigCluster | undefined)[] = [];
let repository: { url: string; folder: string };

const git = (folder: string, ...argv: string[]) =>
  execFileSync('git', ['-C', folder, ...argv])
    .toString()
    .trim();
const fluxBootstrap = (cluster: RigCluster) =>
  fluxOutput(
    [
      'bootstrap',
      'git',
      `--url=${repository.url}`,
      '--branch=main',
      `--path=${path}`,
      '--allow-insecure-http',
      '--username=git',
      '--password=secret',
      '--token-auth',
      '--silent',
    ],
    { cluster },
  );
const request = (cluster: RigCluster) => ({ kubeconfig: cluster.kubeconfig, authentication: 'token', allowInsecureHttp: true });

/** Leaves a cluster without what a bootstrap made there. */
async function uninstallFlux(cluster: RigCluster): Promise<void> {
  await fluxOutput(['uninstall', '--silent'], { cluster });
  await cluster.kubectl(['wait', '--for=delete', 'namespace/flux-system', '--timeout=60s']);
}

async function cluster(name: string): Promise<RigCluster> {
  const started = await startCluster({ name });
  await started.startFlux();
  return started;
}

beforeAll(async () => {
  server = await GitHttpServer.start({ credentials: { username: 'git', password: 'secret' } });
  repository = await server.createRepository('fleet');
  bench = await BootstrapBench.open();
  [ours, theirs] = [await cluster('ours'), await cluster('theirs')];
});
afterAll(async () => {
  await Promise.all([ours?.stop(), theirs?.stop()]);
  await bench.close();
  await server.stop();
});

describe('bootstrap against the real flux', () => {
  const seconds = { flux: 0, flotilla: 0 };
  let reference: string;

  it('refuses to start without a distribution, and one that is not what its digest says', async () => {
    if (!ours) throw new Error('no cluster');
    const id = await bench.register({ name: 'early', path: 'clusters/early', repo: { provider: 'git', url: repository.url, credentials } });
    await expect(bench.start(id, request(ours))).rejects.toMatchObject({ code: 'distribution-missing' });
    const { manifests, digest } = await exportDistribution();
    await expect(bench.main.distributions.import({ manifest: `${manifests}\n`, digest }, admin)).rejects.toMatchObject({
      code: 'distribution-digest-mismatch',
    });
    expect(await bench.main.distributions.import({ manifest: manifests, digest }, admin)).toMatchObject({ version: 'v2.9.4' });
    await bench.main.database.prisma.cluster.delete({ where: { id } });
  });

  it('writes what flux writes: files, commits, messages, order', async () => {
    if (!ours || !theirs) throw new Error('no cluster');
    let since = Date.now();
    await fluxBootstrap(theirs);
    seconds.flux = (Date.now() - since) / 1000;
    reference = `${repository.folder}.flux`;
    await rename(repository.folder, reference);
    repository = await server.createRepository('fleet');

    const id = await bench.register({ name: 'a', path, repo: { provider: 'git', url: repository.url, credentials } });
    since = Date.now();
    const operation = await bench.start(id, request(ours));
    const finished = await bench.finish(operation.id);
    expect(finished).toMatchObject({ state: 'succeeded', error: null });
    const healthy = finished.steps.find((step) => step.name === 'components-healthy')?.finishedAt;
    seconds.flotilla = (new Date(healthy ?? 0).getTime() - since) / 1000;

    const commits = (folder: string) => git(folder, 'log', '--reverse', '--format=%T|%an|%ae|%cn|%ce|%B', 'main');
    expect(git(repository.folder, 'log', '--reverse', '--max-count=2', '--skip=1', '--format=%T|%an|%ae|%cn|%ce|%B', 'main')).toBe(commits(reference));
    expect(git(repository.folder, 'log', '--format=%s', 'main').split('\n')).toEqual([
      'Add Flotilla fleet source and agent',
      'Add Flux sync manifests',
      'Add Flux v2.9.4 component manifests',
    ]);
    process.stdout.write(`bootstrap until healthy: flux ${seconds.flux.toFixed(1)} s, flotilla ${seconds.flotilla.toFixed(1)} s\n`);
  });

  it('leaves flux content, and flux bootstrap over it changes nothing', async () => {
    if (!ours) throw new Error('no cluster');
    expect((await runFlux(['check'], { cluster: ours })).code).toBe(0);
    const head = git(repository.folder, 'rev-parse', 'main');
    const generation = (await ours.api.find('/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system'))?.metadata.generation;
    await fluxBootstrap(ours);
    expect(git(repository.folder, 'rev-parse', 'main')).toBe(head);
    expect((await ours.api.find('/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/flux-system'))?.metadata.generation).toBe(
      generation,
    );
    const kube = new KubeClient(vetKubeconfig(ours.kubeconfig), createOutbound({ allow: ['127.0.0.0/8'] }));
    expect(await checkCluster(kube, { pre: false })).toMatchObject({ ok: true });
    await kube.close();
  });

  it('wipes the kubeconfig and audits every write', async () => {
    expect(await bench.main.database.prisma.secret.count({ where: { purpose: 'bootstrap-kubeconfig' } })).toBe(0);
    const actions = (await bench.main.database.prisma.auditEntry.findMany({ orderBy: { sequence: 'asc' } })).map((entry) => entry.action);
    expect(actions).toEqual(
      expect.arrayContaining([
        'bootstrap:start',
        'bootstrap:components-commit',
        'bootstrap:sync-commit',
        'bootstrap:scaffold-commit',
        'bootstrap:join-secret',
        'bootstrap:finish',
      ]),
    );
  });

  it('asks Flux to try again when what failed was no matter of the commit', async () => {
    if (!theirs) throw new Error('no cluster');
    await uninstallFlux(theirs);
    const late = await server.createRepository('late');
    const id = await bench.register({ name: 'late', path: 'clusters/late', repo: { provider: 'git', url: late.url, credentials } });
    const person = await GitWorkTree.clone(late.url.replace('//', '//git:secret@'));
    await person.commit('Add what needs a namespace', {
      'clusters/late/late.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: late\n  namespace: late\n',
    });
    const operation = await bench.start(id, request(theirs));
    const finished = bench.finish(operation.id);
    await waitFor('the failure', async () =>
      (await bench.main.operations.get(operation.id)).steps.some(({ name, detail }) => name === 'wait-revision' && detail.includes('"late" not found')),
    );
    await theirs.kubectl(['create', 'namespace', 'late']);
    expect(await finished).toMatchObject({ state: 'succeeded', error: null });
  });

  it('ends the same however often its worker dies on the way', async () => {
    if (!theirs) throw new Error('no cluster');
    await uninstallFlux(theirs);
    const again = await server.createRepository('again');
    const id = await bench.register({ name: 'b', path: 'clusters/b', repo: { provider: 'git', url: again.url, credentials } });
    const operation = await bench.start(id, request(theirs));
    let deaths = 0;
    for (let calls = 3; calls < 400; calls += 4) {
      if (await bench.dieAfter(operation.id, calls)) break;
      deaths += 1;
    }
    const finished = await bench.main.operations.get(operation.id);
    expect(finished).toMatchObject({ state: 'succeeded', error: null });
    expect(deaths).toBeGreaterThan(8);
    expect(git(again.folder, 'log', '--format=%s', 'main').split('\n')).toEqual([
      'Add Flotilla fleet source and agent',
      'Add Flux sync manifests',
      'Add Flux v2.9.4 component manifests',
    ]);
    expect(git(again.folder, 'rev-parse', 'main~1:clusters/b/flux-system/gotk-components.yaml')).toBe(
      git(reference, 'rev-parse', `main:${path}/flux-system/gotk-components.yaml`),
    );
    process.stdout.write(`bootstrap survived ${deaths} deaths of its worker\n`);
  });
});

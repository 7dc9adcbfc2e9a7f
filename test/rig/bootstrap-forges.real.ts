import { execFileSync } from 'node:child_process';
import type { OperationResponse } from '@flotilla/contracts';
import { generateDeployKey, PlainGitProvider, scanHostKeys } from '@flotilla/git';
import { createOutbound } from '@flotilla/outbound';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, BootstrapBench } from '../support/bootstrap-bench.js';
import { startCluster, type RigCluster } from './cluster.js';
import { exportDistribution } from './flux.js';
import { Gitea } from './gitea.js';
import { GithubStandIn } from './github/stand-in.js';
import { waitFor } from './wait-for.js';

let bench: BootstrapBench;
let cluster: RigCluster;

async function bootstrap(clusterId: string, request: object): Promise<OperationResponse> {
  const operation = await bench.start(clusterId, { kubeconfig: cluster.kubeconfig, ...request });
  const finished = await bench.finish(operation.id);
  expect(finished).toMatchObject({ state: 'succeeded', error: null });
  return finished;
}
const rootUrl = async () =>
  ((await cluster.api.find('/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system'))?.spec as { url?: string } | undefined)?.url;

async function freshCluster(name: string): Promise<void> {
  cluster = await startCluster({ name });
  await cluster.startFlux();
}

beforeAll(async () => {
  bench = await BootstrapBench.open();
  const { manifests, digest } = await exportDistribution();
  await bench.main.distributions.import({ manifest: manifests, digest }, admin);
});
afterAll(() => bench.close());

describe('bootstrap from a Gitea', () => {
  let gitea: Gitea;
  beforeAll(async () => {
    gitea = await Gitea.start();
    await freshCluster('gitea');
  });
  afterAll(async () => {
    await cluster.stop();
    await gitea.stop();
  });

  it('makes the repository, reads it over SSH with a deploy key named after the cluster, and does so once', async () => {
    const repo = { provider: 'gitea' as const, url: gitea.httpUrl('fleet'), credentials: { token: gitea.token } };
    const id = await bench.register({ name: 'gitea', path: 'clusters/gitea', repo });
    await bootstrap(id, { personal: true });
    const keys = await gitea.api<{ id: number; title: string; read_only: boolean; key: string }[]>('GET', `/repos/${gitea.owner}/fleet/keys`);
    expect(keys).toMatchObject([
      { title: 'flux-system-main-flux-system-./clusters/gitea', read_only: true, key: expect.stringMatching(/^ecdsa-sha2-nistp384 /) as string },
    ]);
    expect(await rootUrl()).toMatch(/^ssh:\/\/git@127\.0\.0\.1:\d+\/fleet\/fleet\.git$/);
    const commits = () => gitea.api<{ sha: string; commit: { message: string } }[]>('GET', `/repos/${gitea.owner}/fleet/commits?sha=main&stat=false`);
    const first = await commits();
    expect(first.map(({ commit }) => commit.message.trim())).toEqual([
      'Add Flotilla fleet source and agent',
      'Add Flux sync manifests',
      'Add Flux v2.9.4 component manifests',
    ]);

    await bootstrap(id, { personal: true });
    expect((await commits()).map(({ sha }) => sha)).toEqual(first.map(({ sha }) => sha));
    expect((await gitea.api<{ id: number }[]>('GET', `/repos/${gitea.owner}/fleet/keys`)).map((key) => key.id)).toEqual(keys.map((key) => key.id));
  });

  it('takes a plain Git server over SSH: strict host key, key of the fleet repo', async () => {
    await gitea.createRepository('plain');
    const pair = generateDeployKey();
    await gitea.api('POST', `/repos/${gitea.owner}/plain/keys`, { title: 'hub', key: pair.publicKey.trim(), read_only: false });
    const outbound = createOutbound({ allow: ['127.0.0.0/8'] });
    const url = gitea.sshUrl('plain');
    const knownHosts = await scanHostKeys(url, outbound);
    const open = (hosts: string) => new PlainGitProvider({ url, credentials: { sshPrivateKey: pair.privateKey, knownHosts: hosts }, outbound });
    const git = open(knownHosts);
    const { sha } = await git.commit({
      branch: 'main',
      message: 'One',
      author: { name: 'Flux', email: '' },
      changes: [{ path: 'a', content: 'a' }],
      expectedParent: null,
    });
    expect(await git.head('main')).toBe(sha);
    await git.close();
    const wrong = open(`${knownHosts.split(' ')[0] ?? ''} ${generateDeployKey().publicKey}`);
    await expect(wrong.head('main')).rejects.toMatchObject({ code: 'git-auth-failed', message: expect.stringContaining('host key') as string });
    await wrong.close();
    await outbound.close();
  });
});

describe('bootstrap from a GitHub', () => {
  let github: GithubStandIn;
  beforeAll(async () => {
    github = await GithubStandIn.start();
    await freshCluster('github');
  });
  afterAll(async () => {
    await cluster.stop();
    await github.stop();
  });

  it('starts an empty repository through the API, read over HTTP with the token', async () => {
    const repo = { provider: 'github' as const, url: github.cloneUrl(github.owner, 'fleet'), apiUrl: github.url, credentials: { token: github.token } };
    const id = await bench.register({ name: 'github', path: 'clusters/github', repo });
    await bootstrap(id, { personal: true, authentication: 'token', allowInsecureHttp: true });
    const subjects = execFileSync('git', ['-C', github.folderOf(github.owner, 'fleet'), 'log', '--format=%s', 'main'])
      .toString()
      .trim()
      .split('\n');
    expect(subjects).toEqual(['Add Flotilla fleet source and agent', 'Add Flux sync manifests', 'Add Flux v2.9.4 component manifests']);
    expect(await rootUrl()).toBe(github.cloneUrl(github.owner, 'fleet'));
    // an empty workloads directory is scaffolded, so that nothing is red before the first workload
    const workloads = await waitFor(
      'the workloads to be ready',
      async () => {
        const live = await cluster.api.find('/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/workloads');
        const conditions = (live?.status as { conditions?: { type: string; status: string; message: string }[] } | undefined)?.conditions;
        return conditions?.find(({ type, status }) => type === 'Ready' && status === 'True');
      },
      { timeoutMs: 60_000 },
    );
    expect(workloads.message).toMatch(/^Applied revision: main@sha1:[0-9a-f]{40}$/);
  });
});

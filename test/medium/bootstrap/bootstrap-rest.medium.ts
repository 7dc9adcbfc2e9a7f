import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { loadConfig } from '@flotilla/config';
import type { OperationResponse } from '@flotilla/contracts';
import { silentLogger } from '@flotilla/observability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { workerConfig } from '../../../apps/worker/src/worker.config.js';
import { GitHttpServer } from '../../rig/git-http-server.js';
import { waitFor } from '../../rig/wait-for.js';
import { secretKey, startTestHub, type TestHub } from '../../support/test-hub.js';

const credentials = { username: 'git', token: 'secret' };
const certificate = Buffer.from('-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n').toString('base64');
let hub: TestHub;
let worker: INestApplicationContext;
let server: GitHttpServer;
let repository: { url: string; folder: string };

function kubeconfig(user: object = { token: 'abc' }, cluster: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': certificate, ...cluster } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    users: [{ name: 'u', user }],
  });
}
const object = (kind: string, name: string) => `---\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`;
const distribution = `---\n# Flux Version: v2.9.4\n# Components: source-controller,kustomize-controller\n${object('CustomResourceDefinition', 'x')}${object('Deployment', 'source-controller')}${object('Deployment', 'kustomize-controller')}`;
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const post = (path: string, body: object) => hub.admin().post(`/api/v1${path}`).send(body);
const written = () => Promise.all(['operation', 'secret', 'outbox_row'].map((table) => hub.count(table)));
const operation = async (id: string) => (await hub.admin().get(`/api/v1/operations/${id}`).expect(200)).body as OperationResponse;
const finished = (id: string) =>
  waitFor(
    `operation ${id}`,
    async () => {
      const now = await operation(id);
      return now.finishedAt === null ? undefined : now;
    },
    { timeoutMs: 30_000 },
  );

beforeAll(async () => {
  server = await GitHttpServer.start({ credentials: { username: 'git', password: 'secret' } });
  repository = await server.createRepository('fleet');
  hub = await startTestHub({ FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8' });
  worker = await createWorker(
    loadConfig(workerConfig, {
      DATABASE_URL: hub.database.url,
      FLOTILLA_SECRET_KEY: secretKey,
      FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8',
      FLOTILLA_LOG_LEVEL: 'silent',
    }),
    silentLogger(),
  );
  const { body } = await post('/fleet-repos', { name: 'fleet', provider: 'git', url: repository.url, branch: 'main', credentials }).expect(201);
  for (const name of ['a', 'b']) await post('/clusters', { name, fleetRepoId: (body as { id: string }).id, path: `clusters/${name}` }).expect(201);
  await post('/clusters', { name: 'homeless' }).expect(201);
});
afterAll(async () => {
  await worker.close();
  await hub.stop();
  await server.stop();
});

describe('distributions', () => {
  it('are imported by file and digest, once', async () => {
    await post('/distributions', { manifest: distribution, digest: digestOf('other') }).expect(400, /distribution-digest-mismatch/);
    await post('/distributions', { manifest: 'a: 1', digest: digestOf('a: 1') }).expect(400, /distribution-invalid/);
    await post('/clusters/a/bootstrap', { kubeconfig: kubeconfig() }).expect(409, /distribution-missing/);
    for (let time = 0; time < 2; time += 1) await post('/distributions', { manifest: distribution, digest: digestOf(distribution) }).expect(201);
    const { body } = await hub.admin().get('/api/v1/distributions').expect(200);
    expect((body as { items: object[] }).items).toMatchObject([{ version: 'v2.9.4', components: ['source-controller', 'kustomize-controller'] }]);
  });
});

describe('starting a bootstrap', () => {
  it.each<[string, object, string]>([
    ['a kubeconfig with exec', { kubeconfig: kubeconfig({ exec: { command: 'id' } }) }, 'kubeconfig-exec'],
    ['a kubeconfig with files', { kubeconfig: kubeconfig({ tokenFile: '/etc/passwd' }) }, 'kubeconfig-file-path'],
    ['a kubeconfig that skips TLS', { kubeconfig: kubeconfig({ token: 'x' }, { 'insecure-skip-tls-verify': true }) }, 'kubeconfig-insecure'],
    ['a text that is none', { kubeconfig: 'nonsense' }, 'kubeconfig-invalid'],
    ['a server at a metadata address', { kubeconfig: kubeconfig({ token: 'x' }, { server: 'https://169.254.169.254' }) }, 'outbound-blocked'],
    ['a server in a private range', { kubeconfig: kubeconfig({ token: 'x' }, { server: 'https://10.0.0.1' }) }, 'outbound-blocked'],
    ['a flag that alters the components', { kubeconfig: kubeconfig(), components: ['source-controller'] }, 'flag-unsupported'],
    ['an unknown distribution', { kubeconfig: kubeconfig(), distributionDigest: `sha256:${'0'.repeat(64)}` }, 'distribution-missing'],
    ['workloads in the path of a cluster', { kubeconfig: kubeconfig(), workloadsPath: 'clusters/b/apps' }, 'path-overlaps'],
    ['workloads outside the repository', { kubeconfig: kubeconfig(), workloadsPath: '../x' }, 'path-invalid'],
  ])('refuses %s, with nothing written', async (_, body, code) => {
    const before = await written();
    const answer = await post('/clusters/a/bootstrap', body);
    expect(answer.body).toMatchObject({ code, detail: expect.stringMatching(/\w+/) as string });
    expect(await written()).toEqual(before);
  });

  it('refuses a cluster without a path, and one that is not there', async () => {
    await post('/clusters/homeless/bootstrap', { kubeconfig: kubeconfig() }).expect(409, /set them first/);
    await post('/clusters/absent/bootstrap', { kubeconfig: kubeconfig() }).expect(404);
  });

  it('tells what a step waits for and what to do, refuses a second one meanwhile, and keeps the kubeconfig sealed', async () => {
    const { body } = await post('/clusters/a/bootstrap', { kubeconfig: kubeconfig({ token: 'very-secret-token' }) }).expect(202);
    const { id } = body as OperationResponse;
    await post('/clusters/a/bootstrap', { kubeconfig: kubeconfig() }).expect(409, /bootstrap-running/);
    const step = await waitFor('the first failure', async () => (await operation(id)).steps.find((candidate) => candidate.code !== null), {
      timeoutMs: 20_000,
    });
    expect(step).toMatchObject({ name: 'preflight', code: 'kube-unreachable', remedy: expect.stringContaining('kubeconfig') as string });
    for (const table of ['operation', 'operation_step', 'outbox_row', 'audit_entry', 'secret']) {
      expect(JSON.stringify(await hub.database.query(`select t::text as row from "${table}" t`))).not.toContain('very-secret-token');
    }
  });

  it('checks a cluster through a kubeconfig it does not keep', async () => {
    const before = await written();
    await post('/clusters/b/check', { kubeconfig: kubeconfig(), pre: true }).expect(502, /kube-unreachable/);
    expect(await written()).toEqual(before);
  });
});

describe('committing content', () => {
  const commit = (files: object[], cluster = 'b') => post(`/clusters/${cluster}/content`, { message: 'Add app', files });
  const show = (path: string) => execFileSync('git', ['-C', repository.folder, 'show', `main:${path}`]).toString();

  it('writes below the path of the cluster, once', async () => {
    const { body } = await commit([{ path: 'apps/x.yaml', content: 'kind: ConfigMap\n' }]).expect(202);
    expect(await finished((body as OperationResponse).id)).toMatchObject({ state: 'succeeded', kind: 'commit' });
    expect(show('clusters/b/apps/x.yaml')).toBe('kind: ConfigMap\n');
    const again = await commit([{ path: 'apps/x.yaml', content: 'kind: ConfigMap\n' }]).expect(202);
    expect((await finished((again.body as OperationResponse).id)).steps[0]?.detail).toContain('already');
    expect(execFileSync('git', ['-C', repository.folder, 'rev-list', '--count', 'main']).toString().trim()).toBe('1');
  });

  it('merges objects into their file, and lists it in the kustomization that builds its folder', async () => {
    const object = (name: string, value: string) => `---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {value: '${value}'}\n`;
    const land = async (files: object[]) => finished(((await commit(files).expect(202)).body as OperationResponse).id);
    const listing = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- other.yaml # theirs\n';
    await land([
      { path: 'merged/kustomization.yaml', content: listing },
      { path: 'merged/other.yaml', content: `${object('a', '1')}${object('b', '1')}` },
    ]);
    const done = await land([
      { path: 'merged/other.yaml', content: object('b', '2'), merge: true },
      { path: 'merged/deep/new.yaml', content: object('c', '1'), merge: true },
    ]);
    expect(done.steps[0]?.detail).toContain('listed in clusters/b/merged/kustomization.yaml');
    expect(show('clusters/b/merged/other.yaml')).toBe(`${object('a', '1')}${object('b', '2')}`);
    expect(show('clusters/b/merged/kustomization.yaml')).toBe(`${listing}- deep/new.yaml\n`);
    const again = await land([{ path: 'merged/deep/new.yaml', content: object('c', '1'), merge: true }]);
    expect(again.steps[0]?.detail).toContain('already');
  });

  it.each<[string, object[], string]>([
    ['a merge of what is no object', [{ path: 'x.yaml', content: 'a: 1', merge: true }], 'manifest-invalid'],
    ['a path that leaves the subtree', [{ path: '../a/x.yaml', content: 'a: 1' }], 'path-invalid'],
    ['an absolute path', [{ path: '/x.yaml', content: 'a: 1' }], 'path-invalid'],
    ['the files of Flux', [{ path: 'flux-system/gotk-sync.yaml', content: 'a: 1' }], 'path-invalid'],
    ['the source that is steered', [{ path: 'fleet-source.yaml', content: null }], 'path-invalid'],
    [
      'one file twice',
      [
        { path: 'x.yaml', content: 'a: 1' },
        { path: 'X.yaml', content: 'a: 2' },
      ],
      'path-invalid',
    ],
    ['what is not YAML', [{ path: 'x.yaml', content: 'a: [' }], 'manifest-invalid'],
  ])('refuses %s, with nothing written', async (_, files, code) => {
    const before = await written();
    expect((await commit(files)).body).toMatchObject({ code });
    expect(await written()).toEqual(before);
  });

  it('serialises writers of one branch: every commit lands', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => commit([{ path: `many/${n}.yaml`, content: `n: ${n}\n` }]).expect(202)));
    for (const { body } of answers) expect((await finished((body as OperationResponse).id)).state).toBe('succeeded');
    for (let n = 0; n < 6; n += 1) expect(show(`clusters/b/many/${n}.yaml`)).toBe(`n: ${n}\n`);
    expect(await hub.admin().get('/api/v1/operations?limit=3').expect(200)).toMatchObject({ body: { nextCursor: expect.any(String) as string } });
  });
});

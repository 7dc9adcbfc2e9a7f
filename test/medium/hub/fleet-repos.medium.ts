import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@flotilla/config';
import { FleetRepoMirror } from '@flotilla/fleet/fleet-repos';
import { silentLogger } from '@flotilla/observability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { workerConfig } from '../../../apps/worker/src/worker.config.js';
import { GitHttpServer } from '../../rig/git-http-server.js';
import { secretKey, startTestHub, type TestHub } from '../../support/test-hub.js';

const gitEnv = {
  ...process.env,
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.test',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.test',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
};
const credentials = { username: 'git', token: 'hunter2-secret' };
const scratch = mkdtempSync(path.join(tmpdir(), 'flotilla-fleet-repos-'));
const work = path.join(scratch, 'work');
let hub: TestHub;
let server: GitHttpServer;
let repo: { url: string; folder: string };
let repoId: string;

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: work, env: gitEnv, stdio: ['ignore', 'pipe', 'pipe'] })
    .toString()
    .trim();
}
function commit(file: string, subject: string): string {
  mkdirSync(path.dirname(path.join(work, file)), { recursive: true });
  writeFileSync(path.join(work, file), `${subject}\n`);
  git('add', '-A');
  git('commit', '-qm', subject);
  git('push', '-qf', repo.folder, 'HEAD:main');
  return git('rev-parse', 'HEAD');
}
const register = (body: object) =>
  hub
    .admin()
    .post('/api/v1/fleet-repos')
    .send({ provider: 'git', branch: 'main', ...body });
const mirror = () => hub.app.get(FleetRepoMirror).refresh(repoId);

beforeAll(async () => {
  mkdirSync(work);
  server = await GitHttpServer.start({ credentials: { username: 'git', password: credentials.token } });
  repo = await server.createRepository('fleet');
  git('init', '-q', '-b', 'main');
  hub = await startTestHub({ FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8' });
});
afterAll(async () => {
  await hub.stop();
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('registering a fleet repo', () => {
  it('refuses what cannot be reached, says why, and writes nothing', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    const before = [await hub.count('fleet_repo'), await hub.count('secret'), await hub.acts(), await hub.count('outbox_row')];
    const cases: [string, string, object?][] = [
      ['http://169.254.169.254/latest/meta-data', 'outbound-blocked'],
      ['http://[fd00:ec2::254]/x', 'outbound-blocked'],
      ['http://10.1.2.3/o/r.git', 'outbound-blocked'],
      ['file:///etc/passwd', 'git-url-invalid'],
      ['https://user:secret@example.test/o/r.git', 'git-url-invalid'],
      ['git@example.test:o/r.git', 'git-url-invalid'],
      [`http://127.0.0.1:${port}/o/r.git`, 'git-unreachable', credentials],
      [repo.url, 'git-auth-failed', { username: 'git', token: 'wrong' }],
      [repo.url.replace('fleet.git', 'nothing.git'), 'git-not-found', credentials],
    ];
    for (const [url, code, given] of cases) {
      const answer = await register({ name: 'bad', url, ...(given ? { credentials: given } : {}) });
      expect([url, answer.body.code]).toEqual([url, code]);
      expect(answer.body.detail.length).toBeGreaterThan(30);
      expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|user:secret/);
    }
    expect([await hub.count('fleet_repo'), await hub.count('secret'), await hub.acts(), await hub.count('outbox_row')]).toEqual(before);
  });

  it('takes one that can, keeps the credentials sealed and never gives them back', async () => {
    const made = await register({ name: 'fleet', url: repo.url, credentials }).expect(201);
    repoId = made.body.id as string;
    expect(made.body).toMatchObject({
      name: 'fleet',
      provider: 'git',
      url: repo.url,
      branch: 'main',
      hasCredentials: true,
      head: null,
      mirroredAt: null,
      mirrorError: null,
    });
    const dump = await hub.database.query<{ text: string }>(
      `select to_jsonb(s)::text as text from secret s union all select to_jsonb(r)::text from fleet_repo r union all select to_jsonb(o)::text from outbox_row o union all select to_jsonb(a)::text from audit_entry a`,
    );
    expect(dump.some((row) => row.text.includes('hunter2'))).toBe(false);
    expect((await register({ name: 'fleet', url: repo.url, credentials }).expect(409)).body.code).toBe('already-exists');
    expect((await hub.admin().get('/api/v1/fleet-repos').expect(200)).body.items).toEqual([made.body]);
    expect((await hub.admin().get(`/api/v1/fleet-repos/${crypto.randomUUID()}`).expect(404)).body.code).toBe('not-found');
  });
});

describe('the mirror', () => {
  let first: string;
  let second: string;
  const listed = async () =>
    (await hub.admin().get(`/api/v1/fleet/revisions?fleetRepoId=${repoId}`).expect(200)).body.items as { sha: string; subject: string; adoption: object }[];

  it('says that there is no branch yet', async () => {
    await mirror();
    expect((await hub.admin().get(`/api/v1/fleet-repos/${repoId}`)).body).toMatchObject({
      head: null,
      mirrorError: expect.stringContaining('no branch "main" yet'),
    });
  });

  it('takes in commits, and new ones after them, once', async () => {
    first = commit('clusters/eu-1/app.yaml', 'Größe: first');
    second = commit('shared/web/deploy.yaml', 'Second');
    await mirror();
    await mirror();
    expect(await listed()).toMatchObject([
      { sha: second, subject: 'Second' },
      { sha: first, subject: 'Größe: first', author: 'Ada', authorEmail: 'ada@example.test', parents: [], paths: ['clusters/eu-1/app.yaml'] },
    ]);
    const third = commit('clusters/us-1/app.yaml', 'Third');
    await mirror();
    expect((await listed()).map((each) => each.sha)).toEqual([third, second, first]);
    expect((await hub.admin().get(`/api/v1/fleet-repos/${repoId}`)).body).toMatchObject({
      head: { sha: third, revision: `main@sha1:${third}`, subject: 'Third', author: 'Ada' },
      mirrorError: null,
    });
    const pages = await hub.admin().get(`/api/v1/fleet/revisions?limit=2`).expect(200);
    const rest = await hub
      .admin()
      .get(`/api/v1/fleet/revisions?limit=2&cursor=${pages.body.nextCursor as string}`)
      .expect(200);
    expect(new Set([...pages.body.items, ...rest.body.items].map((each: { sha: string }) => each.sha))).toEqual(new Set([first, second, third]));
    expect(rest.body.nextCursor).toBeNull();
  });

  it('follows a branch that was moved back', async () => {
    git('reset', '-q', '--hard', second);
    const other = commit('clusters/us-1/other.yaml', 'Other');
    await mirror();
    expect((await listed()).map((each) => each.sha)).toEqual([other, second, first]);
    expect(await hub.count('mirror_commit')).toBe(4);
  });

  it('keeps what it has when the repository does not answer, and says so', async () => {
    await hub.database.query(`update fleet_repo set url = $2 where id = $1::uuid returning 1 as ok`, [repoId, repo.url.replace('fleet.git', 'gone.git')]);
    await mirror();
    const { body } = await hub.admin().get(`/api/v1/fleet-repos/${repoId}`);
    expect(body.head.subject).toBe('Other');
    expect(body.mirrorError).toMatch(/no such repository/);
    expect(body.mirrorError).not.toContain('hunter2');
    await hub.database.query(`update fleet_repo set url = $2 where id = $1::uuid returning 1 as ok`, [repoId, repo.url]);
  });

  it('counts who runs a commit, in scope, and nobody silent', async () => {
    const cluster = (name: string, labels: object, fresh: boolean, sha: string) =>
      hub.database.query(
        `insert into cluster (id, name, labels, fleet_repo_id, path, worst, last_received_at, revision) values (gen_random_uuid(), $1, $2::jsonb, $3::uuid, 'clusters/' || $1, 'ready', clock_timestamp() - make_interval(secs => $4::double precision), $5) returning 1 as ok`,
        [name, JSON.stringify(labels), repoId, fresh ? 1 : 60, `main@sha1:${sha}`],
      );
    await cluster('eu-1', { region: 'eu' }, true, second);
    await cluster('eu-2', { region: 'eu' }, false, second);
    await cluster('us-1', { region: 'us' }, true, second);
    await cluster('us-2', { region: 'us' }, true, first);
    const status = { attemptedRevision: `main@sha1:${second}`, workload: { path: './shared/web/' } };
    await hub.database.query(
      `insert into flux_object (cluster_id, kind, namespace, name, state, reason, message, status, incarnation, observed_at, received_at)
       select id, 'Kustomization', 'flux-system', 'web', 'failed', 'BuildFailed', 'no', $1::jsonb, 1, now(), now() from cluster where name = 'us-2' returning 1 as ok`,
      [JSON.stringify(status)],
    );
    const of = (sha: string, list: { sha: string; adoption: object }[]) => list.find((each) => each.sha === sha)?.adoption;
    expect(of(second, await listed())).toEqual({ at: 2, of: 4, failing: 1 });
    expect(of(first, await listed())).toEqual({ at: 1, of: 4, failing: 0 });
    const { token } = (await hub.admin().post('/api/v1/tokens').send({ name: 'eu', role: 'viewer', selector: 'region=eu' }).expect(201)).body as {
      token: string;
    };
    const narrow = (await hub.as(token).get(`/api/v1/fleet/revisions?fleetRepoId=${repoId}`).expect(200)).body.items as { sha: string; adoption: object }[];
    expect(of(second, narrow)).toEqual({ at: 1, of: 2, failing: 0 });
    expect((await hub.admin().get(`/api/v1/fleet/revisions/${second}`).expect(200)).body.clusters).toEqual(['us-2']);
    expect((await hub.admin().get(`/api/v1/fleet/revisions/${first}`).expect(200)).body.clusters).toEqual(['eu-1']);
    expect(
      (
        await hub
          .admin()
          .get(`/api/v1/fleet/revisions/${'0'.repeat(40)}`)
          .expect(404)
      ).body.code,
    ).toBe('revision-unknown');
    await hub.admin().get('/api/v1/fleet/revisions/abc').expect(400);
  });

  it('is kept up by the worker, at once when asked', async () => {
    const config = loadConfig(workerConfig, {
      DATABASE_URL: hub.database.url,
      FLOTILLA_SECRET_KEY: secretKey,
      FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8',
      FLOTILLA_CACHE_DIR: path.join(scratch, 'worker'),
      FLOTILLA_LOG_LEVEL: 'silent',
    });
    const worker = await createWorker(config, silentLogger());
    try {
      const newest = commit('clusters/eu-1/late.yaml', 'Late');
      await hub.admin().post(`/api/v1/fleet-repos/${repoId}/refresh`).expect(202);
      await expect
        .poll(async () => (await hub.admin().get(`/api/v1/fleet-repos/${repoId}`)).body.head.sha as string, { timeout: 20_000, interval: 200 })
        .toBe(newest);
    } finally {
      await worker.close();
    }
  });
});

describe('the audit chain', () => {
  it('lists what was done, by page and filter, and verifies', async () => {
    const all = await hub.admin().get('/api/v1/audit?limit=2').expect(200);
    expect(all.body.items).toHaveLength(2);
    const next = await hub
      .admin()
      .get(`/api/v1/audit?limit=2&cursor=${all.body.nextCursor as string}`)
      .expect(200);
    expect(next.body.items[0].sequence).toBe(all.body.items[1].sequence - 1);
    const created = await hub.admin().get('/api/v1/audit?action=fleet-repos:create').expect(200);
    expect(created.body.items).toMatchObject([
      { actor: 'token:bootstrap', outcome: 'allowed', subject: 'fleet-repo/fleet', detail: { url: repo.url, hasCredentials: true } },
    ]);
    expect((await hub.admin().get('/api/v1/audit/verify').expect(200)).body).toMatchObject({
      ok: true,
      entries: await hub.count('audit_entry'),
      brokenAt: null,
    });
  });
});

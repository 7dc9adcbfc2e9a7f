import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitWithRetry, GitMirror, PlainGitProvider } from '@flotilla/git';
import { createOutbound } from '@flotilla/outbound';
import { FlotillaError } from '@flotilla/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitHttpServer } from '../../rig/git-http-server.js';

const author = { name: 'Flux', email: '' };
const outbound = createOutbound({ allow: ['127.0.0.0/8'] });
const credentials = { username: 'git', token: 'secret' };
const cache = mkdtempSync(join(tmpdir(), 'flotilla-mirror-'));
let server: GitHttpServer;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : `not classified: ${String(error)}`;
  }
}

beforeAll(async () => {
  server = await GitHttpServer.start({ credentials: { username: 'git', password: 'secret' } });
});
afterAll(async () => {
  await server.stop();
  await outbound.close();
  rmSync(cache, { recursive: true, force: true });
});

describe('plain Git over HTTP', () => {
  it('starts an empty repository and commits several files at once, byte for byte', async () => {
    const { url, folder } = await server.createRepository('first');
    const git = new PlainGitProvider({ url, credentials, outbound });
    expect(await git.head('main')).toBeNull();
    const first = await git.commit({
      branch: 'main',
      message: 'Add Flux v2.9.4 component manifests',
      author,
      changes: [{ path: 'clusters/a/x.yaml', content: 'größe: 1\n' }],
      expectedParent: null,
    });
    expect(first.changed).toBe(true);
    expect(await git.head('main')).toBe(first.sha);
    const raw = execFileSync('git', ['-C', folder, 'cat-file', 'commit', 'main']).toString();
    expect(raw).toMatch(/^author Flux <> /m);
    expect(raw.endsWith('\n\nAdd Flux v2.9.4 component manifests')).toBe(true);

    const second = await git.commit({
      branch: 'main',
      message: 'Two',
      author,
      changes: [
        { path: 'clusters/a/y.yaml', content: 'y' },
        { path: 'clusters/a/x.yaml', content: null },
      ],
      expectedParent: first.sha,
    });
    expect(await git.readFile(second.sha ?? '', 'clusters/a/y.yaml')).toBe('y');
    expect(await git.readFile(second.sha ?? '', 'clusters/a/x.yaml')).toBeNull();
    expect(await git.readFile(first.sha ?? '', 'clusters/a/x.yaml')).toBe('größe: 1\n');
    expect((await git.listDirectory(second.sha ?? '', 'clusters')).map(({ name, type }) => [name, type])).toEqual([['a', 'directory']]);
    await git.close();

    // a new session, as after a restart: the clone is shallow and without contents
    const again = new PlainGitProvider({ url, credentials, outbound });
    expect(
      await again.commit({ branch: 'main', message: 'Same', author, changes: [{ path: 'clusters/a/y.yaml', content: 'y' }], expectedParent: second.sha }),
    ).toEqual({ sha: second.sha, changed: false });
    await again.commit({ branch: 'main', message: 'Three', author, changes: [{ path: 'z', content: 'z' }], expectedParent: second.sha });
    expect(execFileSync('git', ['-C', folder, 'rev-list', '--count', 'main']).toString().trim()).toBe('3');
    expect(await again.readFile((await again.head('main')) ?? '', 'clusters/a/y.yaml')).toBe('y');
    await again.close();
  });

  it('refuses to write over a branch that moved on, and retries an edit on the new head', async () => {
    const { url, folder } = await server.createRepository('race');
    const [ours, theirs] = [new PlainGitProvider({ url, credentials, outbound }), new PlainGitProvider({ url, credentials, outbound })];
    const { sha } = await ours.commit({ branch: 'main', message: 'One', author, changes: [{ path: 'count', content: '1' }], expectedParent: null });
    await theirs.commit({ branch: 'main', message: 'Theirs', author, changes: [{ path: 'other', content: 'x' }], expectedParent: sha });
    expect(await codeOf(ours.commit({ branch: 'main', message: 'Two', author, changes: [{ path: 'count', content: '2' }], expectedParent: sha }))).toBe(
      'git-conflict',
    );
    const bump = (provider: PlainGitProvider, who: string) =>
      commitWithRetry(provider, {
        branch: 'main',
        message: `Bump by ${who}`,
        author,
        edit: async (read) => [{ path: 'count', content: String(Number(await read('count')) + 1) }],
      });
    await Promise.all([bump(ours, 'us'), bump(theirs, 'them')]);
    expect(execFileSync('git', ['-C', folder, 'show', 'main:count']).toString()).toBe('3');
    await Promise.all([ours.close(), theirs.close()]);
  });

  it('commits an edit once however often it runs', async () => {
    const { url } = await server.createRepository('once');
    const git = new PlainGitProvider({ url, credentials, outbound });
    const edit = { branch: 'main', message: 'Once', author, edit: () => Promise.resolve([{ path: 'a', content: 'a' }]) };
    const first = await commitWithRetry(git, edit);
    expect(await commitWithRetry(git, edit)).toEqual({ sha: first.sha, changed: false });
    await git.close();
  });

  it('makes a tag once and does not move it', async () => {
    const { url } = await server.createRepository('tags');
    const git = new PlainGitProvider({ url, credentials, outbound });
    const one = await git.commit({ branch: 'main', message: 'One', author, changes: [{ path: 'a', content: '1' }], expectedParent: null });
    const two = await git.commit({ branch: 'main', message: 'Two', author, changes: [{ path: 'a', content: '2' }], expectedParent: one.sha });
    expect((await git.createTag('fleet/1', one.sha ?? '')).created).toBe(true);
    expect((await git.createTag('fleet/1', one.sha ?? '')).created).toBe(false);
    expect(await codeOf(git.createTag('fleet/1', two.sha ?? ''))).toBe('git-conflict');
    await git.close();
  });

  it('says what is wrong: credentials, repository, address, scheme', async () => {
    const { url } = await server.createRepository('wrong');
    const head = (options: { url: string; token?: string; allow?: string[] }) => {
      const git = new PlainGitProvider({
        url: options.url,
        credentials: { token: options.token ?? 'secret' },
        outbound: createOutbound({ allow: options.allow ?? ['127.0.0.0/8'] }),
      });
      return codeOf(git.head('main').finally(() => git.close()));
    };
    expect(await head({ url, token: 'bad' })).toBe('git-auth-failed');
    expect(await head({ url: `${server.url}/absent.git` })).toBe('git-not-found');
    expect(await head({ url, allow: [] })).toBe('outbound-blocked');
    expect(await head({ url: 'http://169.254.169.254/latest.git' })).toBe('outbound-blocked');
    expect(await head({ url: 'http://127.0.0.1:1/x.git' })).toBe('git-unreachable');
    expect(await head({ url: 'ext::sh -c id' })).toBe('git-url-invalid');
  });
});

describe('mirror', () => {
  it('keeps metadata and tree ids, without contents', async () => {
    const { url } = await server.createRepository('mirrored');
    const git = new PlainGitProvider({ url, credentials, outbound });
    const ada = { name: 'Ada', email: 'ada@example.com' };
    const one = await git.commit({
      branch: 'main',
      message: 'One\n\nBody',
      author: ada,
      changes: [
        { path: 'apps/a.yaml', content: '1' },
        { path: 'other/b.yaml', content: '1' },
      ],
      expectedParent: null,
    });
    const two = await git.commit({ branch: 'main', message: 'Two', author: ada, changes: [{ path: 'other/b.yaml', content: '2' }], expectedParent: one.sha });
    const mirror = new GitMirror({ url, credentials, outbound, cacheDirectory: cache });
    expect(await mirror.refresh('main')).toBe(two.sha);
    const log = await mirror.log('main');
    expect(log.map(({ sha, subject, author: name, authorEmail, parents, paths }) => ({ sha, subject, name, authorEmail, parents, paths }))).toEqual([
      { sha: two.sha, subject: 'Two', name: 'Ada', authorEmail: 'ada@example.com', parents: [one.sha], paths: ['other/b.yaml'] },
      { sha: one.sha, subject: 'One', name: 'Ada', authorEmail: 'ada@example.com', parents: [], paths: ['apps/a.yaml', 'other/b.yaml'] },
    ]);
    expect(await mirror.log('main', { since: one.sha ?? '' })).toHaveLength(1);
    expect(await mirror.contains('main', one.sha ?? '')).toBe(true);
    expect(await mirror.contains('main', 'f'.repeat(40))).toBe(false);
    expect(await mirror.resolve((one.sha ?? '').slice(0, 10))).toBe(one.sha);
    expect(await mirror.resolve('--help')).toBeNull();
    expect(await mirror.refresh('absent')).toBeNull();
    await mirror.close();
    await git.close();
  });
});

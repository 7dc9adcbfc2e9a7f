import { commitWithRetry, createGitProvider, generateDeployKey, type GitProvider } from '@flotilla/git';
import { createOutbound } from '@flotilla/outbound';
import { FlotillaError } from '@flotilla/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GithubStandIn } from '../../rig/github/stand-in.js';

const author = { name: 'Flux', email: '' };
const outbound = createOutbound({ allow: ['127.0.0.0/8'] });
let github: GithubStandIn;
let token: string;
let git: GitProvider;

const at = (repository: string, use = token) =>
  createGitProvider(
    { provider: 'github', url: `${github.origin}/octo-fleet/${repository}.git`, apiUrl: null, owner: null, repository: null, credentials: { token: use } },
    { outbound },
  );
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : `not classified: ${String(error)}`;
  }
}

beforeAll(async () => {
  github = await GithubStandIn.start();
  token = github.token;
  git = at('fleet');
});
afterAll(async () => {
  await github.stop();
  await outbound.close();
});

describe('GitHub', () => {
  it('makes a repository once and starts it through the contents API', async () => {
    const settings = { personal: true, private: true, description: 'fleet', defaultBranch: 'main' };
    expect(await git.ensureRepository(settings)).toEqual({ created: true });
    expect(await git.ensureRepository(settings)).toEqual({ created: false });
    expect(await git.head('main')).toBeNull();
    const first = await commitWithRetry(git, {
      branch: 'main',
      message: 'One',
      author,
      edit: () => Promise.resolve([{ path: 'clusters/a/one.yaml', content: 'größe: 1\n' }]),
    });
    expect(await git.head('main')).toBe(first.sha);
    expect(await git.readFile(first.sha ?? '', 'clusters/a/one.yaml')).toBe('größe: 1\n');
  });

  it('commits several files on the head, once', async () => {
    const edit = {
      branch: 'main',
      message: 'Two',
      author,
      edit: () =>
        Promise.resolve([
          { path: 'a', content: 'a' },
          { path: 'clusters/a/one.yaml', content: null },
        ]),
    };
    const second = await commitWithRetry(git, edit);
    expect(second.changed).toBe(true);
    expect(await commitWithRetry(git, edit)).toEqual({ sha: second.sha, changed: false });
    expect(await git.readFile(second.sha ?? '', 'clusters/a/one.yaml')).toBeNull();
    expect((await git.listDirectory(second.sha ?? '', '')).map(({ name, type }) => [name, type])).toEqual([['a', 'file']]);
    expect(await codeOf(git.commit({ branch: 'main', message: 'Three', author, changes: [{ path: 'b', content: 'b' }], expectedParent: null }))).toBe(
      'git-conflict',
    );
  });

  it('puts several files into the first commit of an empty repository', async () => {
    const fresh = at('several');
    await fresh.ensureRepository({ personal: true, private: false, description: '', defaultBranch: 'main' });
    const { sha } = await fresh.commit({
      branch: 'main',
      message: 'All',
      author,
      changes: [
        { path: 'a', content: 'a' },
        { path: 'b/c', content: 'c' },
      ],
      expectedParent: null,
    });
    expect(await fresh.readFile(sha ?? '', 'b/c')).toBe('c');
    expect(await fresh.head('main')).toBe(sha);
  });

  it('keeps one deploy key by title, replaced when the key differs', async () => {
    const key = (publicKey: string) => ({ title: 'flux-system-main-flux-system-./clusters/a', publicKey, readOnly: true });
    const [one, two] = [generateDeployKey(), generateDeployKey('ed25519')];
    expect((await git.ensureDeployKey(key(one.publicKey))).changed).toBe(true);
    expect((await git.ensureDeployKey(key(one.publicKey))).changed).toBe(false);
    expect((await git.ensureDeployKey(key(two.publicKey))).changed).toBe(true);
  });

  it('keeps one webhook by URL, makes tags once, starts a branch from a commit', async () => {
    const hook = { url: 'http://127.0.0.1:9/hook', secret: 'x' };
    expect((await git.ensureWebhook(hook)).created).toBe(true);
    expect((await git.ensureWebhook(hook)).created).toBe(false);
    const head = (await git.head('main')) ?? '';
    expect((await git.createTag('fleet/1', head)).created).toBe(true);
    expect((await git.createTag('fleet/1', head)).created).toBe(false);
    const { sha } = await git.commit({
      branch: 'topic/x',
      message: 'Topic',
      author,
      changes: [{ path: 't', content: 't' }],
      expectedParent: null,
      startFrom: head,
    });
    expect(await git.readFile(sha ?? '', 'a')).toBe('a');
  });

  it('says what is wrong: token, repository, address', async () => {
    expect(await codeOf(at('fleet', 'bad').head('main'))).toBe('git-auth-failed');
    expect(await codeOf(at('absent').head('main'))).toBe('git-not-found');
    const blocked = createGitProvider(
      { provider: 'github', url: `${github.origin}/octo-fleet/fleet.git`, apiUrl: null, owner: null, repository: null, credentials: { token } },
      { outbound: createOutbound() },
    );
    expect(await codeOf(blocked.head('main'))).toBe('outbound-blocked');
  });
});

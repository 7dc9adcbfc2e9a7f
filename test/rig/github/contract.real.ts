import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Octokit } from '@octokit/rest';
import { createEmulator, type Emulator } from 'emulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOutput, runCommand } from '../command.js';
import { plainGitEnvironment } from '../../../libs/local-services/src/git-backend.js';
import { rigRun } from '../rig-run.js';
import { WebhookSink } from '../webhook-sink.js';
import { CONTRACT, outcomeOf } from './contract.js';
import { GithubStandIn } from './stand-in.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const EMULATE_TOKEN = 'emulate-token';

let github: GithubStandIn;

beforeAll(async () => {
  github = await GithubStandIn.start();
});

afterAll(async () => {
  await github?.stop();
});

const client = (token: string = github.token) => new Octokit({ baseUrl: github.url, auth: token, log: quiet });

describe('the GitHub stand-in and emulate agree', () => {
  let emulate: Emulator;

  beforeAll(async () => {
    const organization = { login: 'fleet-org', members: [{ login: 'octo-fleet', role: 'admin' as const }] };
    emulate = await createEmulator({
      service: 'github',
      port: 0,
      seed: { tokens: { [EMULATE_TOKEN]: { login: 'octo-fleet', scopes: ['repo'] } }, github: { users: [{ login: 'octo-fleet' }], orgs: [organization] } },
    });
  });

  afterAll(async () => {
    await emulate?.close();
  });

  it('on every call of the contract', async () => {
    const [ours, theirs] = [client(), new Octokit({ baseUrl: emulate.url, auth: EMULATE_TOKEN, log: quiet })];
    const [ourMemory, theirMemory] = [new Map<string, string>(), new Map<string, string>()];
    for (const call of CONTRACT) {
      const [our, their] = [await outcomeOf(call, ours, ourMemory), await outcomeOf(call, theirs, theirMemory)];
      // Agreeing on a refusal where an answer was wanted would prove nothing.
      if (call.see !== undefined) expect([call.name, our.status < 300]).toEqual([call.name, true]);
      expect({ call: call.name, ...our }).toEqual({ call: call.name, ...their });
    }
  });
});

describe('the GitHub stand-in where emulate differs from GitHub', () => {
  const owner = 'octo-fleet';

  // https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#failed-login-limit: bad credentials are 401, whatever is asked for.
  it('refuses a bad token with 401, also for a public repository', async () => {
    await client().repos.createForAuthenticatedUser({ name: 'public', private: false, auto_init: true });
    await expect(client('ghp_wrong').repos.get({ owner, repo: 'public' })).rejects.toMatchObject({ status: 401 });
    const revoked = github.issueToken();
    github.revokeToken(revoked);
    await expect(client(revoked).users.getAuthenticated()).rejects.toMatchObject({ status: 401 });
  });

  // https://docs.github.com/en/rest/git/trees#create-a-tree lists 409.
  it('answers 409 on the Git data API of an empty repository, which the contents API starts', async () => {
    const repository = { owner, repo: 'empty' };
    await client().repos.createForAuthenticatedUser({ name: 'empty', private: true });
    await expect(client().git.createBlob({ ...repository, content: 'x' })).rejects.toMatchObject({ status: 409 });
    await expect(client().git.createTree({ ...repository, tree: [{ path: 'a', mode: '100644', content: 'x' }] })).rejects.toMatchObject({ status: 409 });
    await expect(client().git.getRef({ ...repository, ref: 'heads/main' })).rejects.toMatchObject({ status: 409 });
    const { data } = await client().repos.createOrUpdateFileContents({ ...repository, path: 'a.yaml', message: 'Start', content: 'eA==' });
    expect(data.commit.parents).toEqual([]);
    expect((await client().git.getRef({ ...repository, ref: 'heads/main' })).data.object.sha).toBe(data.commit.sha);
  });

  // https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps: the header lists the token's scopes.
  it('names the scopes of a token', async () => {
    expect((await client().users.getAuthenticated()).headers['x-oauth-scopes']).toContain('repo');
  });

  // https://docs.github.com/en/rest/deploy-keys/deploy-keys: 201, 422 for a key in use, 204.
  it('keeps deploy keys', async () => {
    const repository = { owner, repo: 'keys' };
    await client().repos.createForAuthenticatedUser({ name: 'keys', private: true, auto_init: true });
    const key = await publicKey();
    const { status, data } = await client().repos.createDeployKey({ ...repository, title: 'one', key, read_only: true });
    expect([status, data.title, data.read_only]).toEqual([201, 'one', true]);
    await expect(client().repos.createDeployKey({ ...repository, title: 'two', key })).rejects.toMatchObject({ status: 422 });
    await expect(client().repos.createDeployKey({ ...repository, title: 'bad', key: 'no key' })).rejects.toMatchObject({ status: 422 });
    expect((await client().repos.listDeployKeys(repository)).data.map(({ title }) => title)).toEqual(['one']);
    expect((await client().repos.deleteDeployKey({ ...repository, key_id: data.id })).status).toBe(204);
    expect((await client().repos.listDeployKeys(repository)).data).toEqual([]);
  });
});

describe('the repositories of the GitHub stand-in', () => {
  const owner = 'octo-fleet';

  it('are cloned and pushed to with the token as password, and nobody else gets in', async () => {
    await client().repos.createForAuthenticatedUser({ name: 'cloned', private: true, auto_init: true });
    const { data } = await client().repos.createOrUpdateFileContents({
      owner,
      repo: 'cloned',
      path: 'a/b.yaml',
      message: 'Add b',
      content: Buffer.from('b: 1\n').toString('base64'),
    });
    const folder = (await rigRun()).folder('clone');
    const withToken = (token: string) => github.cloneUrl(owner, 'cloned').replace('://', `://git:${token}@`);
    const git = (...args: string[]) => commandOutput('git', args, { cwd: folder, env: plainGitEnvironment() });
    await git('clone', '--quiet', withToken(github.token), 'work');
    expect((await git('-C', 'work', 'rev-parse', 'HEAD')).trim()).toBe(data.commit.sha);
    expect(readFileSync(join(folder, 'work', 'a', 'b.yaml'), 'utf8')).toBe('b: 1\n');
    await git('-C', 'work', '-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', 'commit', '--quiet', '--allow-empty', '-m', 'Pushed');
    await git('-C', 'work', 'push', '--quiet', 'origin', 'HEAD:main');
    expect((await client().repos.getCommit({ owner, repo: 'cloned', ref: 'main' })).data.commit.message).toBe('Pushed');
    for (const url of [github.cloneUrl(owner, 'cloned'), withToken('ghp_wrong')]) {
      const refused = await runCommand('git', ['clone', '--quiet', url, 'refused'], { cwd: folder, env: plainGitEnvironment() });
      expect(refused.code).not.toBe(0);
    }
  });

  it('sign their push hooks, for commits by API and by push alike', async () => {
    const sink = await WebhookSink.start();
    const repository = { owner, repo: 'hooked' };
    await client().repos.createForAuthenticatedUser({ name: 'hooked', private: true, auto_init: true });
    await client().repos.createWebhook({ ...repository, events: ['push'], config: { url: `${sink.url}/hook`, content_type: 'json', secret: 'shared' } });
    await sink.waitForRequest('the ping', ({ headers }) => headers['x-github-event'] === 'ping');
    const { data } = await client().repos.createOrUpdateFileContents({ ...repository, path: 'x.yaml', message: 'Add x', content: 'eA==' });
    const byApi = await sink.waitForRequest('the push by API', ({ body }) => body.includes(`"after":"${data.commit.sha}"`));
    expect(byApi.headers['x-hub-signature-256']).toBe(`sha256=${createHmac('sha256', 'shared').update(byApi.body).digest('hex')}`);
    expect(JSON.parse(byApi.body)).toMatchObject({ ref: 'refs/heads/main', commits: [{ message: 'Add x', added: ['x.yaml'] }] });

    const folder = (await rigRun()).folder('push');
    mkdirSync(join(folder, 'work'));
    const git = (...args: string[]) => commandOutput('git', args, { cwd: join(folder, 'work'), env: plainGitEnvironment() });
    await git('clone', '--quiet', github.cloneUrl(owner, 'hooked').replace('://', `://git:${github.token}@`), '.');
    await git('-c', 'user.name=Ada', '-c', 'user.email=ada@example.invalid', 'commit', '--quiet', '--allow-empty', '-m', 'By push');
    await git('push', '--quiet', 'origin', 'HEAD:topic');
    await sink.waitForRequest('the push by Git', ({ body }) => body.includes('"ref":"refs/heads/topic"') && body.includes('By push'));
    await sink.stop();
  });
});

async function publicKey(): Promise<string> {
  const { publicKey: key } = generateKeyPairSync('ed25519');
  const raw = key.export({ format: 'der', type: 'spki' }).subarray(-32);
  const field = (data: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, data.length]), data]);
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(raw)]).toString('base64')} test`;
}

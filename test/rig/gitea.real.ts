import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOutput } from './command.js';
import { GitWorkTree } from './git-work-tree.js';
import { Gitea } from './gitea.js';
import { rigRun } from './rig-run.js';
import { WebhookSink } from './webhook-sink.js';

interface Pull {
  readonly number: number;
  readonly merged: boolean;
}

describe('the real forge', () => {
  let gitea: Gitea;
  let folder: string;

  beforeAll(async () => {
    const started = Date.now();
    gitea = await Gitea.start();
    process.stdout.write(`Gitea ready in ${Date.now() - started} ms\n`);
    folder = (await rigRun()).folder('keys');
  });

  afterAll(async () => {
    await gitea?.stop();
  });

  /** Environment in which SSH uses a new key, and the key's public line. */
  async function newKey(name: string): Promise<{ readonly publicKey: string; readonly env: NodeJS.ProcessEnv }> {
    const file = join(folder, name);
    await commandOutput('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    const publicKey = (await commandOutput('cat', [`${file}.pub`])).trim();
    return {
      publicKey,
      env: { GIT_SSH_COMMAND: `ssh -i ${file} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -F /dev/null` },
    };
  }

  it('clones over SSH by a deploy key, and refuses one that it does not know or that may only read', async () => {
    await gitea.createRepository('fleet', { initialize: true });
    const [reader, stranger] = [await newKey('reader'), await newKey('stranger')];
    await gitea.api('POST', `/repos/${gitea.owner}/fleet/keys`, { title: 'reader', key: reader.publicKey, read_only: true });
    const clone = await GitWorkTree.clone(gitea.sshUrl('fleet'), { env: reader.env });
    expect(existsSync(join(clone.folder, 'README.md'))).toBe(true);
    await expect(clone.commit('Not allowed', { 'a.yaml': 'a: 1\n' })).rejects.toThrow(/ended with/);
    await expect(GitWorkTree.clone(gitea.sshUrl('fleet'), { env: stranger.env })).rejects.toThrow(/ended with/);
  });

  it('takes several files in one commit, merges a pull request, and tells a webhook', async () => {
    const sink = await WebhookSink.start();
    await gitea.createRepository('changes', { initialize: true });
    const repository = `/repos/${gitea.owner}/changes`;
    await gitea.api('POST', `${repository}/hooks`, {
      type: 'gitea',
      active: true,
      events: ['push'],
      config: { url: `${sink.url}/hook`, content_type: 'json', secret: 's' },
    });
    const file = (path: string) => ({ operation: 'create', path, content: Buffer.from(`path: ${path}\n`).toString('base64') });
    await gitea.api('POST', `${repository}/contents`, {
      branch: 'main',
      new_branch: 'topic',
      message: 'Add two',
      files: [file('a/one.yaml'), file('a/two.yaml')],
    });
    const { number } = await gitea.api<Pull>('POST', `${repository}/pulls`, { title: 'Two', head: 'topic', base: 'main' });
    await gitea.api('POST', `${repository}/pulls/${number}/merge`, { Do: 'merge' });
    expect((await gitea.api<Pull>('GET', `${repository}/pulls/${number}`)).merged).toBe(true);
    const push = await sink.waitForRequest(
      'the push to main',
      ({ body }) => body.includes('"ref": "refs/heads/main"') || body.includes('"ref":"refs/heads/main"'),
    );
    expect(push.headers['x-gitea-signature']).toMatch(/^[0-9a-f]{64}$/);
    const clone = await GitWorkTree.clone(gitea.httpUrl('changes').replace('://', `://${gitea.owner}:${gitea.token}@`));
    expect(existsSync(join(clone.folder, 'a', 'two.yaml'))).toBe(true);
    await sink.stop();
  });
});

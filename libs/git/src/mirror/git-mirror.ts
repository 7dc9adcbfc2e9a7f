import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitCredentials } from '@flotilla/contracts';
import type { Outbound } from '@flotilla/outbound';
import { GitRemote } from '../cli/git-remote.js';

export const mirrorCommitsMax = 1_000;
const mirrorPathsMax = 1_000;
const fetchTimeoutMs = 120_000;

export interface MirroredCommit {
  sha: string;
  parents: string[];
  author: string;
  authorEmail: string;
  committedAt: Date;
  subject: string;
  /** files changed against the first parent; at most 1,000, then cut */
  paths: string[];
}

export interface GitMirrorOptions {
  url: string;
  credentials: GitCredentials;
  outbound: Outbound;
  /** folder that holds the mirrors of all repositories; a mirror may be deleted at any time and is made anew */
  cacheDirectory: string;
  searchPath?: string | undefined;
}

/** Metadata of one remote repository: commits and trees, no file contents (a bare partial clone in a cache folder). One user at a time per repository. */
export class GitMirror {
  private readonly remote: Promise<GitRemote>;

  constructor(options: GitMirrorOptions) {
    const directory = join(options.cacheDirectory, `${createHash('sha256').update(options.url).digest('hex').slice(0, 32)}.git`);
    this.remote = mkdir(options.cacheDirectory, { recursive: true }).then(() => new GitRemote({ ...options, directory }));
  }

  /** Fetches a branch and gives its head; null when there is no such branch. */
  async refresh(branch: string): Promise<string | null> {
    const remote = await this.remote;
    const ref = `refs/heads/${branch}`;
    const { stdout } = await remote.contact(`reading branch ${branch}`, ['ls-remote', '--quiet', 'origin', ref]);
    const head = stdout.toString('utf8').split('\t')[0]?.trim() ?? '';
    if (head === '') return null;
    await remote.contact(`mirroring branch ${branch}`, ['fetch', '--quiet', '--no-tags', '--force', '--filter=blob:none', 'origin', `${ref}:${ref}`], {
      timeoutMs: fetchTimeoutMs,
    });
    return this.resolve(ref);
  }

  /** Commits reachable from a branch, newest first, at most `limit`; those reachable from `since` are left out. Asks nothing of the network. */
  async log(branch: string, options: { since?: string | undefined; limit?: number | undefined } = {}): Promise<MirroredCommit[]> {
    const limit = Math.min(options.limit ?? mirrorCommitsMax, mirrorCommitsMax);
    const remote = await this.remote;
    const since = options.since === undefined || (await this.resolve(options.since)) === null ? [] : [`^${options.since}`];
    const { stdout } = await remote.local(`reading the history of ${branch}`, [
      'log',
      '-z',
      `--max-count=${limit}`,
      '--topo-order',
      '--diff-merges=first-parent',
      '--no-renames',
      '--name-only',
      '--format=%x01%H%x02%P%x02%an%x02%ae%x02%cI%x02%s%x02',
      `refs/heads/${branch}`,
      ...since,
      '--',
    ]);
    return stdout
      .toString('utf8')
      .split('\x01')
      .filter((record) => record !== '')
      .map((record) => {
        const [sha = '', parents = '', author = '', authorEmail = '', committedAt = '', subject = '', rest = ''] = record.split('\x02');
        const paths = rest
          .split('\0')
          .map((path) => path.replace(/^\n/, ''))
          .filter((path) => path !== '');
        return {
          sha,
          parents: parents === '' ? [] : parents.split(' '),
          author,
          authorEmail,
          committedAt: new Date(committedAt),
          subject,
          paths: paths.slice(0, mirrorPathsMax),
        };
      });
  }

  /** The full commit id a name stands for in the mirror (a full or short id, a branch); null when it knows none. */
  async resolve(name: string): Promise<string | null> {
    const remote = await this.remote;
    const { exitCode, stdout } = await remote.local(`resolving ${name}`, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], {
      accept: [1, 128],
    });
    return exitCode === 0 ? stdout.toString('utf8').trim() : null;
  }

  /** Whether a commit is reachable from a branch; false when either is unknown. */
  async contains(branch: string, commit: string): Promise<boolean> {
    const remote = await this.remote;
    const { exitCode } = await remote.local(`looking for ${commit}`, ['merge-base', '--is-ancestor', commit, `refs/heads/${branch}`], { accept: [1, 128] });
    return exitCode === 0;
  }

  /** Removes temporary files; the mirror stays in the cache. */
  async close(): Promise<void> {
    await (await this.remote).close();
  }
}

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commandOutput } from './command.js';
import { plainGitEnvironment } from '../../libs/local-services/src/git-backend.js';
import { rigRun } from './rig-run.js';

export interface CommitAuthor {
  readonly name: string;
  readonly email: string;
}

const PUSH_ATTEMPTS = 4;
const AUTHOR: CommitAuthor = { name: 'Rig', email: 'rig@example.invalid' };

/** A clone in which a person would work: change files, commit, push. */
export class GitWorkTree {
  readonly folder: string;
  private readonly branch: string;
  private readonly env: NodeJS.ProcessEnv;

  private constructor(folder: string, branch: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.branch = branch;
    this.env = env;
  }

  /** Clones `url` (credentials inside it, or by `env` such as `GIT_SSH_COMMAND`); an empty repository is fine. */
  static async clone(url: string, options: { readonly branch?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<GitWorkTree> {
    const folder = (await rigRun()).folder('work-tree');
    const env = { ...plainGitEnvironment(), ...options.env };
    const branch = options.branch ?? 'main';
    await commandOutput('git', ['-c', `init.defaultBranch=${branch}`, 'clone', '--quiet', url, '.'], { cwd: folder, env });
    return new GitWorkTree(folder, branch, env);
  }

  /** Brings the branch up to date, changes files (null removes one), commits and pushes; gives the commit's id. */
  async commit(message: string, files: Readonly<Record<string, string | null>>, author: CommitAuthor = AUTHOR): Promise<string> {
    const remote = await this.git('ls-remote', '--heads', 'origin', this.branch);
    if (remote.trim() !== '') await this.git('pull', '--quiet', '--rebase', 'origin', this.branch);
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.folder, path);
      mkdirSync(dirname(file), { recursive: true });
      if (content === null) rmSync(file, { recursive: true, force: true });
      else writeFileSync(file, content);
    }
    await this.git('add', '--all');
    const identity = ['-c', `user.name=${author.name}`, '-c', `user.email=${author.email}`];
    await this.git(...identity, 'commit', '--quiet', '--allow-empty', '-m', message);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.git('push', '--quiet', 'origin', `HEAD:${this.branch}`);
        return (await this.git('rev-parse', 'HEAD')).trim();
      } catch (error) {
        // somebody else pushed meanwhile
        if (attempt === PUSH_ATTEMPTS) throw error;
        await this.git(...identity, 'pull', '--quiet', '--rebase', 'origin', this.branch);
      }
    }
  }

  async pull(): Promise<void> {
    await this.git('pull', '--quiet', '--rebase', 'origin', this.branch);
  }

  /** Subjects of the branch's commits, newest first. */
  async subjects(): Promise<string[]> {
    return (await this.git('log', '--format=%s')).trim().split('\n');
  }

  git(...args: string[]): Promise<string> {
    return commandOutput('git', args, { cwd: this.folder, env: this.env });
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { FlotillaError, type GitCredentials, gitProviders } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { commitWithRetry, createGitProvider, type CommitResult, type Edit, GitMirror, type GitProvider } from '@flotilla/git';
import type { Outbound } from '@flotilla/outbound';
import { SecretBox } from '../secrets/index.js';
import { RepoLock } from './repo-lock.js';

export const FLEET_REPO_GIT_OPTIONS = Symbol('FLEET_REPO_GIT_OPTIONS');
export interface FleetRepoGitOptions {
  /** folder of the mirrors; empty: one of this process alone, gone when it ends */
  cacheDirectory: string;
  /** where git and ssh are, as PATH */
  searchPath?: string | undefined;
}

/** A fleet repo with what is needed to speak to it. Credentials stay in the process that uses them. */
export interface OpenFleetRepo {
  id: string;
  name: string;
  provider: (typeof gitProviders)[number];
  url: string;
  branch: string;
  apiUrl: string | null;
  owner: string | null;
  repository: string | null;
  credentials: GitCredentials;
}

/** Git of the fleet repos: reading, writing one at a time per repository and branch, and the mirror. */
@Injectable()
export class FleetRepoGit implements OnModuleDestroy {
  private readonly mirrors = new Map<string, Promise<unknown>>();
  private ownCache: Promise<string> | undefined;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    private readonly lock: RepoLock,
    @Inject('OUTBOUND') private readonly outbound: Outbound,
    @Inject(FLEET_REPO_GIT_OPTIONS) private readonly options: FleetRepoGitOptions,
  ) {}

  /** @throws FlotillaError not-found */
  async open(fleetRepoId: string): Promise<OpenFleetRepo> {
    const row = await this.database.prisma.fleetRepo.findUnique({ where: { id: fleetRepoId } });
    const provider = gitProviders.find((candidate) => candidate === row?.provider);
    if (!row || !provider) throw new FlotillaError('not-found', 'the fleet repo is gone; register it again');
    const credentials = row.secretId === null ? {} : await this.secrets.get<GitCredentials>(row.secretId);
    return {
      id: row.id,
      name: row.name,
      provider,
      url: row.url,
      branch: row.branch,
      apiUrl: row.apiUrl,
      owner: row.owner,
      repository: row.repository,
      credentials,
    };
  }

  /** Runs `work` with a provider that is closed afterwards. */
  async read<T>(repo: OpenFleetRepo, work: (git: GitProvider) => Promise<T>): Promise<T> {
    const git = createGitProvider(repo, { outbound: this.outbound, searchPath: this.options.searchPath });
    try {
      return await work(git);
    } finally {
      await git.close();
    }
  }

  /** As `read`, while no other worker writes to this repository and branch. */
  async write<T>(repo: OpenFleetRepo, work: (git: GitProvider) => Promise<T>): Promise<T> {
    return this.lock.hold(repo, () => this.read(repo, work));
  }

  /** Commits an edit to the repo's branch (or `edit.branch`), once however often it runs. */
  async commit(repo: OpenFleetRepo, edit: Omit<Edit, 'branch'> & { branch?: string }): Promise<CommitResult> {
    const branch = edit.branch ?? repo.branch;
    return this.lock.hold({ url: repo.url, branch }, () => this.read(repo, (git) => commitWithRetry(git, { ...edit, branch })));
  }

  /** Runs `work` on the mirror of a repository, one at a time in this process. */
  async mirror<T>(repo: OpenFleetRepo, work: (mirror: GitMirror) => Promise<T>): Promise<T> {
    const before = this.mirrors.get(repo.url) ?? Promise.resolve();
    const run = before.then(async () => {
      const mirror = new GitMirror({
        url: await this.readableUrl(repo),
        credentials: repo.credentials,
        outbound: this.outbound,
        cacheDirectory: await this.cacheDirectory(),
        searchPath: this.options.searchPath,
      });
      try {
        return await work(mirror);
      } finally {
        await mirror.close();
      }
    });
    const settled = run.catch(() => undefined);
    this.mirrors.set(repo.url, settled);
    void settled.then(() => {
      if (this.mirrors.get(repo.url) === settled) this.mirrors.delete(repo.url);
    });
    return run;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.mirrors.values());
    if (this.ownCache) await rm(await this.ownCache, { recursive: true, force: true });
  }

  /** A folder that others cannot have made: git does what a repository's own configuration says. */
  private async cacheDirectory(): Promise<string> {
    if (this.options.cacheDirectory !== '') return this.options.cacheDirectory;
    this.ownCache ??= mkdtemp(join(tmpdir(), 'flotilla-mirrors-'));
    return this.ownCache;
  }

  /** Clusters read a forge over SSH with deploy keys; the hub has a token, which is for HTTP. */
  private async readableUrl(repo: OpenFleetRepo): Promise<string> {
    if (repo.provider === 'git' || repo.credentials.sshPrivateKey !== undefined || new URL(repo.url).protocol !== 'ssh:') return repo.url;
    return (await this.read(repo, (git) => git.cloneUrls())).http ?? repo.url;
  }
}

import { Injectable } from '@nestjs/common';
import { Database } from '@flotilla/database';

/** Longest a writer waits for another one of the same repository and branch. */
const repoLockWaitMs = 120_000;

/** One writer per repository and branch, over all workers. */
@Injectable()
export class RepoLock {
  constructor(private readonly database: Database) {}

  /** Runs `work` while nobody else writes to that branch of that repository; spellings of one URL are one. */
  async hold<T>(repo: { url: string; branch: string }, work: () => Promise<T>): Promise<T> {
    return this.database.exclusively(`repo:${repo.url.replace(/(\.git)?\/*$/, '').toLowerCase()}#${repo.branch}`, work, repoLockWaitMs);
  }
}

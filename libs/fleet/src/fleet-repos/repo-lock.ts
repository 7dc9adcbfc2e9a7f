import { Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';

/** Longest a writer waits for another one of the same repository and branch. */
export const repoLockWaitMs = 120_000;
const repoLockPollMs = 150;

/** One writer per repository and branch, over all workers: a Postgres advisory lock on a connection of its own, gone with the process that holds it. */
@Injectable()
export class RepoLock {
  constructor(private readonly database: Database) {}

  /** Runs `work` while holding the lock. @throws FlotillaError unavailable when another writer holds it for longer than 2 min */
  async hold<T>(repo: { url: string; branch: string }, work: () => Promise<T>): Promise<T> {
    const key = `flotilla-repo:${repo.url.replace(/(\.git)?\/*$/, '').toLowerCase()}#${repo.branch}`;
    const deadline = Date.now() + repoLockWaitMs;
    const client = await this.database.pool.connect();
    try {
      // polled: a waiting pg_advisory_lock could not be given up in time
      while (!(await client.query<{ held: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as held', [key])).rows[0]?.held) {
        if (Date.now() > deadline) throw new FlotillaError('unavailable', `another write to ${repo.url} (${repo.branch}) takes too long; try again`);
        await new Promise((resolve) => setTimeout(resolve, repoLockPollMs));
      }
      try {
        return await work();
      } finally {
        await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [key]);
      }
    } finally {
      client.release();
    }
  }
}

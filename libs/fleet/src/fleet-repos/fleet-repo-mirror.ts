import { Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type GitMirror, type MirroredCommit, mirrorCommitsMax } from '@flotilla/git';
import { ChangeFeed } from '../change-feed/index.js';
import { FleetRepoGit } from './fleet-repo-git.js';

/** Longest error kept of a mirror that fails. */
const errorLengthMax = 1_000;

interface Reading {
  head: string;
  /** newest first */
  commits: MirroredCommit[];
  /** the whole history (up to the bound) instead of what is new */
  whole: boolean;
}

/** The mirror of a fleet repo in the database: who committed what when, and which paths, for the newest 1,000 commits and all that came since. */
@Injectable()
export class FleetRepoMirror {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeFeed,
    private readonly git: FleetRepoGit,
  ) {}

  /** Ids of all fleet repos. */
  async ids(): Promise<string[]> {
    return (await this.database.query<{ id: string }>('select id from fleet_repo order by id')).map((row) => row.id);
  }

  /**
   * Brings the mirror to the head of the branch; doing it twice changes nothing. A repository that cannot be read is noted in `mirrorError`, what was
   * mirrored stays. A fleet repo that is gone is nothing to do.
   */
  async refresh(fleetRepoId: string): Promise<void> {
    try {
      const repo = await this.git.open(fleetRepoId);
      const [stored] = await this.database.query<{ head_sha: string | null }>('select head_sha from fleet_repo where id = $1::uuid', [fleetRepoId]);
      const before = stored?.head_sha ?? null;
      const reading = await this.git.mirror(repo, (mirror) => read(mirror, repo.branch, before));
      if (!reading) throw new FlotillaError('git-not-found', `the repository has no branch "${repo.branch}" yet; a bootstrap makes it, or push one`);
      await this.store(fleetRepoId, before, reading);
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      await this.note(fleetRepoId, error.message.slice(0, errorLengthMax));
    }
  }

  private async store(fleetRepoId: string, before: string | null, reading: Reading): Promise<void> {
    await this.database.transaction(async () => {
      const [row] = await this.database.query<{ head_sha: string | null; mirror_error: string | null }>(
        'select head_sha, mirror_error from fleet_repo where id = $1::uuid for update',
        [fleetRepoId],
      );
      // gone, or another worker was faster: its reading is as good, the next one looks again
      if (!row || row.head_sha !== before) return;
      if (reading.commits.length > 0) await this.write(fleetRepoId, reading);
      await this.database.query(
        'update fleet_repo set head_sha = $2, mirrored_at = clock_timestamp(), mirror_error = null where id = $1::uuid returning 1 as ok',
        [fleetRepoId, reading.head],
      );
      if (row.head_sha !== reading.head || row.mirror_error !== null) this.changes.publish('fleet-repos');
    });
  }

  private async write(fleetRepoId: string, { commits, whole }: Reading): Promise<void> {
    const oldestFirst = [...commits].reverse();
    if (whole)
      await this.database.query('update mirror_commit set on_branch = false where fleet_repo_id = $1::uuid and on_branch returning 1 as ok', [fleetRepoId]);
    // arrays of arrays do not fit unnest, so lists travel as JSON
    await this.database.query(
      `insert into mirror_commit (fleet_repo_id, sha, position, parents, author, author_email, committed_at, subject, paths, on_branch)
       select $1::uuid, c.sha, base.top + c.place, array(select jsonb_array_elements_text(c.parents)), c.author, c.email, c.at, c.subject, array(select jsonb_array_elements_text(c.paths)), true
       from (select coalesce(max(position), 0) as top from mirror_commit where fleet_repo_id = $1::uuid) base,
            jsonb_to_recordset($2::jsonb) as c(sha text, place int, parents jsonb, author text, email text, at timestamptz, subject text, paths jsonb)
       on conflict (fleet_repo_id, sha) do update set position = excluded.position, on_branch = true returning 1 as ok`,
      [
        fleetRepoId,
        JSON.stringify(
          oldestFirst.map((commit, index) => ({
            sha: commit.sha,
            place: index + 1,
            parents: commit.parents,
            author: printable(commit.author),
            email: printable(commit.authorEmail),
            at: commit.committedAt,
            subject: printable(commit.subject),
            paths: commit.paths.map(printable),
          })),
        ),
      ],
    );
  }

  private async note(fleetRepoId: string, problem: string): Promise<void> {
    const changed = await this.database.query(
      'update fleet_repo set mirror_error = $2 where id = $1::uuid and mirror_error is distinct from $2 returning 1 as ok',
      [fleetRepoId, problem],
    );
    if (changed.length > 0) this.changes.publish('fleet-repos');
  }
}

/** Null: there is no such branch. A branch that was moved back, or on by more than the bound, is read whole. */
async function read(mirror: GitMirror, branch: string, before: string | null): Promise<Reading | null> {
  const head = await mirror.refresh(branch);
  if (head === null) return null;
  if (head === before) return { head, commits: [], whole: false };
  if (before !== null && (await mirror.contains(branch, before))) {
    const commits = await mirror.log(branch, { since: before });
    if (commits.length < mirrorCommitsMax) return { head, commits, whole: false };
  }
  return { head, commits: await mirror.log(branch), whole: true };
}

/** Postgres text holds no NUL. */
const printable = (text: string): string => text.replaceAll('\0', '');

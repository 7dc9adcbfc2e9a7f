import { Injectable } from '@nestjs/common';
import { type CommitResponse, FlotillaError, type Page, type revisionsQuery } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { type Principal, shaOf } from '@flotilla/domain';
import type { z } from 'zod';
import { Parameters, scopeSql, stateSql } from '../clusters/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';

interface Row {
  fleet_repo_id: string;
  branch: string;
  sha: string;
  position: number;
  parents: string[];
  author: string;
  author_email: string;
  committed_at: Date;
  subject: string;
  paths: string[];
}
/** What the clusters of one fleet repo run. */
interface Adoption {
  of: number;
  /** clusters by the commit all their workloads are at */
  at: Map<string, number>;
  /** clusters by the commit a workload of theirs fails at */
  failing: Map<string, number>;
}

const select =
  'select m.fleet_repo_id, r.branch, m.sha, m.position, m.parents, m.author, m.author_email, m.committed_at, m.subject, m.paths from mirror_commit m join fleet_repo r on r.id = m.fleet_repo_id';
const none: Adoption = { of: 0, at: new Map(), failing: new Map() };

/** Commits of the fleet repos, and how many clusters in scope run each. */
@Injectable()
export class RevisionsReadModel {
  constructor(private readonly database: Database) {}

  /** Commits of one fleet repo newest first, or of all by time of commit. Errors: `cursor-invalid`. */
  async list(query: z.infer<typeof revisionsQuery>, principal: Principal): Promise<Page<CommitResponse>> {
    const rows = query.fleetRepoId === undefined ? await this.ofAll(query) : await this.ofRepo(query.fleetRepoId, query);
    const adoption = await this.adoption([...new Set(rows.map((row) => row.fleet_repo_id))], principal);
    const page = pageFrom(rows, query.limit, (row) => (query.fleetRepoId === undefined ? [row.committed_at.toISOString(), row.sha] : [row.position]));
    return { ...page, items: page.items.map((row) => toCommit(row, adoption.get(row.fleet_repo_id) ?? none)) };
  }

  /** One commit by its full id, with the clusters whose paths it touches. Errors: `revision-unknown`. */
  async get(sha: string, principal: Principal): Promise<CommitResponse> {
    const [row] = await this.database.query<Row>(`${select} where m.sha = $1 order by m.on_branch desc, m.fleet_repo_id limit 1`, [sha]);
    if (!row)
      throw new FlotillaError(
        'revision-unknown',
        `no fleet repo has the commit ${sha}; give a full commit id that was pushed, and refresh the fleet repo if it is newer than a minute`,
      );
    const adoption = await this.adoption([row.fleet_repo_id], principal);
    return { ...toCommit(row, adoption.get(row.fleet_repo_id) ?? none), clusters: await this.touched(row, principal) };
  }

  private ofRepo(fleetRepoId: string, { cursor, limit }: z.infer<typeof revisionsQuery>): Promise<Row[]> {
    const [before] = decodeCursor(cursor, ['number']) ?? [null];
    return this.database.query<Row>(
      `${select} where m.fleet_repo_id = $1::uuid and m.on_branch and ($2::int is null or m.position < $2::int) order by m.position desc limit $3::int`,
      [fleetRepoId, before, limit + 1],
    );
  }

  private ofAll({ cursor, limit }: z.infer<typeof revisionsQuery>): Promise<Row[]> {
    const [at, sha] = decodeCursor(cursor, ['string', 'string']) ?? [null, null];
    if (at !== null && Number.isNaN(Date.parse(at)))
      throw new FlotillaError('cursor-invalid', 'the cursor is not one that this list gave; start again without it');
    return this.database.query<Row>(
      `${select} where m.on_branch and ($1::timestamptz is null or (m.committed_at, m.sha) < ($1::timestamptz, $2::text)) order by m.committed_at desc, m.sha desc limit $3::int`,
      [at, sha, limit + 1],
    );
  }

  /** A silent cluster runs nothing that is known, so it is at no commit; it counts among those that ought to be. */
  private async adoption(fleetRepoIds: readonly string[], principal: Principal): Promise<Map<string, Adoption>> {
    const found = new Map<string, Adoption>();
    if (fleetRepoIds.length === 0) return found;
    const parameters = new Parameters();
    const clusters = `from cluster c where c.fleet_repo_id = any(${parameters.add(fleetRepoIds, 'uuid[]')}) and c.forgotten_at is null and ${scopeSql(principal, 'clusters:read', parameters)}`;
    const at = await this.database.query<{ fleet_repo_id: string; revision: string | null; clusters: bigint }>(
      `select c.fleet_repo_id, case when ${stateSql} in ('unknown', 'joining') then null else c.revision end as revision, count(*) as clusters ${clusters} group by 1, 2`,
      parameters.values,
    );
    const failing = await this.database.query<{ fleet_repo_id: string; revision: string; clusters: bigint }>(
      `select s.fleet_repo_id, o.status ->> 'attemptedRevision' as revision, count(distinct o.cluster_id) as clusters
       from flux_object o join (select c.id, c.fleet_repo_id ${clusters}) s on s.id = o.cluster_id
       where o.kind in ('Kustomization', 'HelmRelease') and o.state = 'failed' and o.status ? 'attemptedRevision' group by 1, 2`,
      parameters.values,
    );
    const of = (id: string): Adoption => {
      const known = found.get(id) ?? { of: 0, at: new Map<string, number>(), failing: new Map<string, number>() };
      found.set(id, known);
      return known;
    };
    for (const row of at) {
      const adoption = of(row.fleet_repo_id);
      adoption.of += Number(row.clusters);
      add(adoption.at, shaOf(row.revision), Number(row.clusters));
    }
    for (const row of failing) add(of(row.fleet_repo_id).failing, shaOf(row.revision), Number(row.clusters));
    return found;
  }

  /** Names of clusters whose own path, or the path of one of their Kustomizations, holds a changed file. */
  private async touched(commit: Row, principal: Principal): Promise<string[]> {
    const parameters = new Parameters();
    const repo = parameters.add(commit.fleet_repo_id, 'uuid');
    const paths = parameters.add(commit.paths, 'text[]');
    const rows = await this.database.query<{ name: string }>(
      `select c.name from cluster c
       where c.fleet_repo_id = ${repo} and c.forgotten_at is null and ${scopeSql(principal, 'clusters:read', parameters)}
         and exists (
           select 1 from (
             select c.path as root where c.path is not null
             union all
             select trim(both '/' from regexp_replace(o.status #>> '{workload,path}', '^\\./', '')) from flux_object o where o.cluster_id = c.id and o.kind = 'Kustomization'
           ) roots, unnest(${paths}) as changed(file)
           where roots.root = '' or changed.file = roots.root or starts_with(changed.file, roots.root || '/'))
       order by c.name collate "C"`,
      parameters.values,
    );
    return rows.map((row) => row.name);
  }
}

function add(counts: Map<string, number>, key: string | null, count: number): void {
  if (key !== null) counts.set(key, (counts.get(key) ?? 0) + count);
}

function toCommit(row: Row, adoption: Adoption): CommitResponse {
  return {
    sha: row.sha,
    revision: `${row.branch}@sha1:${row.sha}`,
    parents: row.parents,
    author: row.author,
    authorEmail: row.author_email,
    committedAt: row.committed_at.toISOString(),
    subject: row.subject,
    paths: row.paths,
    adoption: { at: adoption.at.get(row.sha) ?? 0, of: adoption.of, failing: adoption.failing.get(row.sha) ?? 0 },
  };
}

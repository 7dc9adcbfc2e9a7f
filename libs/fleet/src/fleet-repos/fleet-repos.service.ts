import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type CreateFleetRepoRequest, type FleetRepoResponse, FlotillaError, gitProviders, type Page, type PageQuery } from '@flotilla/contracts';
import { Database, isUniqueViolation } from '@flotilla/database';
import type { Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { Outbox } from '../outbox/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { SecretBox } from '../secrets/index.js';
import { FleetRepoReach } from './fleet-repo-reach.js';

interface Row {
  id: string;
  name: string;
  provider: string;
  url: string;
  branch: string;
  api_url: string | null;
  owner: string | null;
  repository: string | null;
  secret_id: string | null;
  head_sha: string | null;
  mirrored_at: Date | null;
  mirror_error: string | null;
  created_at: Date;
  head_subject: string | null;
  head_author: string | null;
  head_committed_at: Date | null;
}
const select = `select r.*, m.subject as head_subject, m.author as head_author, m.committed_at as head_committed_at
  from fleet_repo r left join mirror_commit m on m.fleet_repo_id = r.id and m.sha = r.head_sha`;

/** Fleet repos: where desired state lives. */
@Injectable()
export class FleetReposService {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
    private readonly changes: ChangeFeed,
    private readonly secrets: SecretBox,
    private readonly reach: FleetRepoReach,
  ) {}

  /**
   * Registers a repository after looking whether it can be reached with the credentials given; those are stored sealed. On a forge the repository may be
   * missing, since a bootstrap makes it. Errors: `git-url-invalid`, `outbound-blocked`, `git-unreachable`, `git-auth-failed`, `git-not-found`, `already-exists`.
   */
  async create(request: CreateFleetRepoRequest, principal: Principal): Promise<FleetRepoResponse> {
    await this.reach.check(request);
    const id = randomUUID();
    try {
      await this.database.transaction(async () => {
        const secretId =
          request.credentials && Object.keys(request.credentials).length > 0 ? await this.secrets.put('git-credentials', request.credentials) : null;
        await this.database.query(
          `insert into fleet_repo (id, name, provider, url, branch, api_url, owner, repository, secret_id) values ($1::uuid, $2, $3, $4, $5, $6, $7, $8, $9::uuid) returning 1 as ok`,
          [
            id,
            request.name,
            request.provider,
            request.url,
            request.branch,
            request.apiUrl ?? null,
            request.owner ?? null,
            request.repository ?? null,
            secretId,
          ],
        );
        const detail = { provider: request.provider, url: request.url, branch: request.branch, hasCredentials: secretId !== null };
        await this.audit.append({ principal, action: 'fleet-repos:create', outcome: 'allowed', subject: `fleet-repo/${request.name}`, detail });
        await this.outbox.enqueue('mirror-fleet-repo', { fleetRepoId: id });
        this.changes.publish('fleet-repos');
      });
    } catch (error) {
      if (isUniqueViolation(error))
        throw new FlotillaError('already-exists', `there is a fleet repo "${request.name}" already; choose another name`, { cause: error });
      throw error;
    }
    return this.get(id);
  }

  /** Fleet repos by name. */
  async list(page: PageQuery): Promise<Page<FleetRepoResponse>> {
    const [after] = decodeCursor(page.cursor, ['string']) ?? [null];
    const rows = await this.database.query<Row>(`${select} where ($1::text is null or r.name collate "C" > $1) order by r.name collate "C" limit $2::int`, [
      after,
      page.limit + 1,
    ]);
    return pageFrom(rows.map(toResponse), page.limit, (repo) => [repo.name]);
  }

  /** One fleet repo. Errors: `not-found`. */
  async get(id: string): Promise<FleetRepoResponse> {
    const [row] = await this.database.query<Row>(`${select} where r.id = $1::uuid`, [id]);
    if (!row) throw new FlotillaError('not-found', `there is no fleet repo ${id}; list the fleet repos to find its id`);
    return toResponse(row);
  }

  /** Has the mirror brought up to date now. Errors: `not-found`. */
  async refresh(id: string, principal: Principal): Promise<FleetRepoResponse> {
    const repo = await this.get(id);
    await this.database.transaction(async () => {
      await this.outbox.enqueue('mirror-fleet-repo', { fleetRepoId: id });
      await this.audit.append({ principal, action: 'fleet-repos:refresh', outcome: 'allowed', subject: `fleet-repo/${repo.name}` });
    });
    return repo;
  }
}

function toResponse(row: Row): FleetRepoResponse {
  const provider = gitProviders.find((known) => known === row.provider);
  if (!provider) throw new Error(`fleet repo ${row.name} has the provider ${row.provider}, which this version does not know`);
  const { head_sha: sha, head_committed_at: committedAt } = row;
  return {
    id: row.id,
    name: row.name,
    provider,
    url: row.url,
    branch: row.branch,
    apiUrl: row.api_url,
    owner: row.owner,
    repository: row.repository,
    hasCredentials: row.secret_id !== null,
    head:
      sha !== null && committedAt !== null
        ? { revision: `${row.branch}@sha1:${sha}`, sha, subject: row.head_subject ?? '', author: row.head_author ?? '', committedAt: committedAt.toISOString() }
        : null,
    mirroredAt: row.mirrored_at?.toISOString() ?? null,
    mirrorError: row.mirror_error,
    createdAt: row.created_at.toISOString(),
  };
}

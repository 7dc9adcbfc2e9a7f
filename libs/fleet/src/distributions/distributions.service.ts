import { createHash, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { distributionBytesMax, type DistributionResponse, FlotillaError, type Page, type PageQuery } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { parseDistribution, type Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';

interface Row {
  id: string;
  version: string;
  digest: string;
  components: string[];
  size_bytes: number;
  created_by: string;
  created_at: Date;
}
const columns = 'id, version, digest, components, size_bytes, created_by, created_at';

/** A Flux release as manifests, with its text. */
export interface Distribution extends DistributionResponse {
  manifest: string;
}

/** Flux releases imported by an admin: what a bootstrap installs. The digest names the file; nothing is fetched. */
@Injectable()
export class Distributions {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** Imports the output of `flux install --export`; the same file twice is one. Throws `distribution-digest-mismatch`, `distribution-invalid`, `body-too-large`. */
  async import(request: { manifest: string; digest: string }, principal: Principal): Promise<DistributionResponse> {
    const bytes = Buffer.from(request.manifest, 'utf8');
    if (bytes.length > distributionBytesMax) throw new FlotillaError('body-too-large', `the distribution is over ${distributionBytesMax} bytes`);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (digest !== request.digest)
      throw new FlotillaError(
        'distribution-digest-mismatch',
        `the file has the digest ${digest}, not ${request.digest}; check where it came from and give the digest published with it`,
      );
    const { version, components } = parseDistribution(request.manifest);
    return this.database.transaction(async () => {
      await this.database.query(
        `insert into distribution (id, version, digest, components, manifest, size_bytes, created_by) values ($1::uuid, $2, $3, $4::text[], $5, $6::int, $7) on conflict (digest) do nothing returning 1 as ok`,
        [randomUUID(), version, digest, components, request.manifest, bytes.length, principal.subject],
      );
      const [row] = await this.database.query<Row>(`select ${columns} from distribution where digest = $1`, [digest]);
      if (!row) throw new FlotillaError('internal', 'the distribution could not be stored');
      await this.audit.append({
        principal,
        action: 'distributions:write',
        outcome: 'allowed',
        subject: `distribution/${version}`,
        detail: { digest, components },
      });
      return toResponse(row);
    });
  }

  /** Distributions, newest import first. */
  async list(page: PageQuery): Promise<Page<DistributionResponse>> {
    const [before, beforeId] = decodeCursor(page.cursor, ['string', 'string']) ?? [null, null];
    const rows = await this.database.query<Row>(
      `select ${columns} from distribution where ($1::timestamptz is null or (created_at, id) < ($1::timestamptz, $2::uuid)) order by created_at desc, id desc limit $3::int`,
      [before, beforeId, page.limit + 1],
    );
    return pageFrom(rows.map(toResponse), page.limit, (item) => [item.createdAt, item.id]);
  }

  /** The distribution of a digest, or the newest imported. Throws `distribution-missing`. */
  async find(digest: string | undefined): Promise<Distribution> {
    const [row] = await this.database.query<Row & { manifest: string }>(
      `select ${columns}, manifest from distribution where $1::text is null or digest = $1 order by created_at desc, id desc limit 1`,
      [digest ?? null],
    );
    if (!row) {
      const which = digest === undefined ? 'no Flux distribution is imported' : `no distribution with the digest ${digest} is imported`;
      throw new FlotillaError(
        'distribution-missing',
        `${which}; make one with "flux install --export > flux.yaml" and import it with "flotilla distribution import flux.yaml"`,
      );
    }
    return { ...toResponse(row), manifest: row.manifest };
  }
}

function toResponse(row: Row): DistributionResponse {
  return {
    id: row.id,
    version: row.version,
    digest: row.digest,
    components: row.components,
    sizeBytes: row.size_bytes,
    createdAt: row.created_at.toISOString(),
    createdBy: row.created_by,
  };
}

import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { FlotillaError, type OperationResponse, operationResponse, type OperationStep, type Page } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { mayOn, type Principal } from '@flotilla/domain';
import { decodeCursor, pageFrom } from '../paging/index.js';

export type OperationKind = OperationResponse['kind'];

/** An operation with what its machine needs. `progress` holds facts learned by the steps; neither holds a secret. */
export interface Operation extends OperationResponse {
  input: unknown;
  progress: Readonly<Record<string, unknown>>;
  secretId: string | null;
}

interface Row {
  id: string;
  kind: OperationKind;
  cluster_id: string | null;
  subject: string;
  state: OperationResponse['state'];
  input: unknown;
  progress: Record<string, unknown>;
  secret_id: string | null;
  issuer: string;
  error_code: string | null;
  error_message: string | null;
  error_remedy: string | null;
  created_at: Date;
  finished_at: Date | null;
  labels: Record<string, string> | null;
  steps: {
    name: string;
    state: OperationStep['state'];
    detail: string;
    remedy: string | null;
    code: string | null;
    attempts: number;
    started_at: string | null;
    finished_at: string | null;
  }[];
}

const selected = `select o.id, o.kind, o.cluster_id, o.subject, o.state, o.input, o.progress, o.secret_id, o.issuer, o.error_code, o.error_message, o.error_remedy, o.created_at, o.finished_at, c.labels,
  coalesce((select jsonb_agg(jsonb_build_object('name', s.name, 'state', s.state, 'detail', s.detail, 'remedy', s.remedy, 'code', s.code, 'attempts', s.attempts, 'started_at', s.started_at, 'finished_at', s.finished_at) order by s.position)
            from operation_step s where s.operation_id = o.id), '[]'::jsonb) as steps
  from operation o left join cluster c on c.id = o.cluster_id`;

/** Batches read for one page when most operations are out of scope. */
const scopeBatchesMax = 20;

/** Operations and their steps. A step is written only by the worker that holds the operation's lease. */
@Injectable()
export class OperationStore {
  constructor(private readonly database: Database) {}

  /** Stores a new operation with its steps; part of the running transaction. */
  async create(operation: {
    kind: OperationKind;
    clusterId: string | null;
    subject: string;
    input: unknown;
    secretId: string | null;
    issuer: string;
    steps: readonly string[];
  }): Promise<string> {
    const id = randomUUID();
    await this.database.query(
      `insert into operation (id, kind, cluster_id, subject, state, input, secret_id, issuer) values ($1::uuid, $2, $3::uuid, $4, 'pending', $5::jsonb, $6::uuid, $7) returning 1 as ok`,
      [id, operation.kind, operation.clusterId, operation.subject, JSON.stringify(operation.input), operation.secretId, operation.issuer],
    );
    await this.database.query(
      `insert into operation_step (operation_id, position, name, state) select $1::uuid, n, name, 'pending' from unnest($2::text[]) with ordinality as t (name, n) returning 1 as ok`,
      [id, operation.steps],
    );
    return id;
  }

  /** @throws FlotillaError not-found */
  async get(id: string): Promise<Operation> {
    const [row] = await this.database.query<Row>(`${selected} where o.id = $1::uuid`, [id]);
    if (!row) throw new FlotillaError('not-found', 'there is no such operation');
    return toOperation(row);
  }

  /** As `get`, for a principal: out of scope is not found. */
  async read(id: string, principal: Principal): Promise<OperationResponse> {
    const [row] = await this.database.query<Row>(`${selected} where o.id = $1::uuid`, [id]);
    if (!row || !mayOn(principal, 'operations:read', row.labels ?? {})) throw new FlotillaError('not-found', 'there is no such operation in your scope');
    return toResponse(row);
  }

  /** Operations newest first, of clusters the principal may read. */
  async list(query: { limit: number; cursor?: string | undefined; clusterId?: string | undefined }, principal: Principal): Promise<Page<OperationResponse>> {
    let [before, beforeId] = decodeCursor(query.cursor, ['string', 'string']) ?? [null, null];
    const shown: Row[] = [];
    for (let batch = 0; batch < scopeBatchesMax && shown.length <= query.limit; batch += 1) {
      const rows: Row[] = await this.database.query<Row>(
        `${selected} where ($1::uuid is null or o.cluster_id = $1::uuid) and ($2::timestamptz is null or (o.created_at, o.id) < ($2::timestamptz, $3::uuid)) order by o.created_at desc, o.id desc limit $4::int`,
        [query.clusterId ?? null, before, beforeId, query.limit + 1],
      );
      shown.push(...rows.filter((row) => mayOn(principal, 'operations:read', row.labels ?? {})));
      const last = rows.at(-1);
      if (!last || rows.length <= query.limit) break;
      [before, beforeId] = [last.created_at.toISOString(), last.id];
    }
    const page = pageFrom(shown, query.limit, (row) => [row.created_at.toISOString(), row.id]);
    return { items: page.items.map(toResponse), nextCursor: page.nextCursor };
  }

  /** The unfinished operation of a kind on a cluster, if any. */
  async unfinished(clusterId: string, kind: OperationKind): Promise<string | null> {
    const [row] = await this.database.query<{ id: string }>(
      `select id from operation where cluster_id = $1::uuid and kind = $2 and finished_at is null limit 1`,
      [clusterId, kind],
    );
    return row?.id ?? null;
  }

  /** Takes or renews the lease; false when another worker holds it. */
  async lease(id: string, holder: string, seconds: number): Promise<boolean> {
    const rows = await this.database.query(
      `update operation set locked_by = $2, locked_until = clock_timestamp() + make_interval(secs => $3::double precision), state = case when finished_at is null then 'running' else state end
       where id = $1::uuid and (locked_by = $2 or locked_until is null or locked_until < clock_timestamp()) returning 1 as ok`,
      [id, holder, seconds],
    );
    return rows.length === 1;
  }

  async release(id: string, holder: string): Promise<void> {
    await this.database.query(`update operation set locked_by = null, locked_until = null where id = $1::uuid and locked_by = $2 returning 1 as ok`, [
      id,
      holder,
    ]);
  }

  async startStep(id: string, holder: string, name: string): Promise<void> {
    await this.guarded(
      `update operation_step s set state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, clock_timestamp()) from operation o where o.id = s.operation_id and o.id = $1::uuid and o.locked_by = $2 and s.name = $3 returning 1 as ok`,
      [id, holder, name],
    );
  }

  /** Writes what a step came to; facts it learned are merged into the progress. */
  async writeStep(
    id: string,
    holder: string,
    name: string,
    step: { state: OperationStep['state']; detail: string; code?: string | null; remedy?: string | null; facts?: Record<string, unknown> },
  ): Promise<void> {
    await this.guarded(
      `with o as (update operation set progress = progress || $7::jsonb where id = $1::uuid and locked_by = $2 returning id)
       update operation_step s set state = $4, detail = $5, code = $6, remedy = $8, finished_at = case when $4 in ('succeeded', 'failed', 'skipped') then clock_timestamp() end
       from o where s.operation_id = o.id and s.name = $3 returning 1 as ok`,
      [id, holder, name, step.state, step.detail.slice(0, 2_000), step.code ?? null, JSON.stringify(step.facts ?? {}), step.remedy ?? null],
    );
  }

  /** Ends the operation. */
  async finish(id: string, holder: string, state: 'succeeded' | 'failed', error?: { code: string; message: string; remedy: string }): Promise<void> {
    await this.guarded(
      `update operation set state = $3, finished_at = clock_timestamp(), error_code = $4, error_message = $5, error_remedy = $6, secret_id = null where id = $1::uuid and locked_by = $2 returning 1 as ok`,
      [id, holder, state, error?.code ?? null, error?.message ?? null, error?.remedy ?? null],
    );
  }

  /** A write of a worker whose lease another took over changes nothing and ends its run. */
  private async guarded(sql: string, parameters: unknown[]): Promise<void> {
    const rows = await this.database.query(sql, parameters);
    if (rows.length === 0) throw new FlotillaError('conflict', 'another worker took this operation over', { retryable: true });
  }
}

function toOperation(row: Row): Operation {
  return { ...toResponse(row), input: row.input, progress: row.progress, secretId: row.secret_id };
}

function toResponse(row: Row): OperationResponse {
  const instant = (text: string | null) => (text === null ? null : new Date(text).toISOString());
  return operationResponse.parse({
    id: row.id,
    kind: row.kind,
    clusterId: row.cluster_id,
    subject: row.subject,
    state: row.state,
    issuer: row.issuer,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '', remedy: row.error_remedy ?? '' },
    steps: row.steps.map(({ started_at, finished_at, ...step }) => ({ ...step, startedAt: instant(started_at), finishedAt: instant(finished_at) })),
  });
}

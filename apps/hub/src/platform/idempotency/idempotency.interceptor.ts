import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { createHash } from 'node:crypto';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { SecretBox } from '@flotilla/fleet/secrets';
import type { Logger } from '@flotilla/observability';
import type { Request, Response } from 'express';
import { firstValueFrom, from, type Observable } from 'rxjs';
import type { AuthenticatedRequest } from '../auth/permissions.decorator.js';

const header = 'idempotency-key';
const keyPattern = /^[\x21-\x7e]{1,128}$/;
const writeMethods = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** Answers are kept this long. */
const keptHours = 24;
const pruneMs = 60 * 60_000;
const replayedHeader = 'idempotency-replayed';

interface Row {
  request_hash: string;
  status: number | null;
  body: { secretId: string } | null;
}

/**
 * A write repeated under the same `Idempotency-Key` by the same principal is carried out once and answered alike. Answers are stored sealed, since
 * some hold a secret shown once. A request that failed leaves no record; one whose hub died in between is answered `conflict` and never carried out again.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor, OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(
      () => this.prune().catch((error: unknown) => this.logger.warn({ err: error }, 'old idempotency records stay until the next hour')),
      pruneMs,
    );
    this.timer.unref();
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request & AuthenticatedRequest>();
    const key = request.headers[header];
    if (key === undefined || !writeMethods.has(request.method) || !request.principal) return next.handle();
    if (typeof key !== 'string' || !keyPattern.test(key))
      throw new FlotillaError('bad-request', 'the Idempotency-Key must be 1 to 128 printable characters without spaces');
    return from(this.once({ actor: request.principal.subject, key, requestHash: hashOf(request) }, http.getResponse<Response>(), next));
  }

  private async once(record: { actor: string; key: string; requestHash: string }, response: Response, next: CallHandler): Promise<unknown> {
    const claimed = await this.database.query(
      'insert into idempotent_request (actor, key, request_hash) values ($1, $2, $3) on conflict do nothing returning 1 as ok',
      [record.actor, record.key, record.requestHash],
    );
    if (claimed.length === 0) return this.replay(record, response);
    let answer: unknown;
    try {
      answer = await firstValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      await this.database.query('delete from idempotent_request where actor = $1 and key = $2 returning 1 as ok', [record.actor, record.key]);
      throw error;
    }
    const body = answer === undefined ? null : JSON.stringify({ secretId: await this.secrets.put('idempotent-answer', answer) });
    await this.database.query('update idempotent_request set status = $3::int, body = $4::jsonb where actor = $1 and key = $2 returning 1 as ok', [
      record.actor,
      record.key,
      response.statusCode,
      body,
    ]);
    return answer;
  }

  private async replay(record: { actor: string; key: string; requestHash: string }, response: Response): Promise<unknown> {
    const [row] = await this.database.query<Row>('select request_hash, status, body from idempotent_request where actor = $1 and key = $2', [
      record.actor,
      record.key,
    ]);
    if (row && row.request_hash !== record.requestHash)
      throw new FlotillaError('idempotency-key-reused', 'this Idempotency-Key came with another request before; use a new key for each request');
    if (!row || row.status === null)
      throw new FlotillaError(
        'conflict',
        'a request with this Idempotency-Key is under way, or its hub stopped before it answered; look whether it took effect before you send it with a new key',
      );
    response.status(row.status);
    response.setHeader(replayedHeader, 'true');
    return row.body ? this.secrets.get<unknown>(row.body.secretId) : undefined;
  }

  /** Forgets answers older than a day. */
  async prune(): Promise<void> {
    await this.database.query(
      `with old as (delete from idempotent_request where created_at < now() - make_interval(hours => ${keptHours}) returning body)
       delete from secret where id in (select (body->>'secretId')::uuid from old where body is not null) returning 1 as ok`,
    );
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
  }
}

function hashOf(request: Request): string {
  return createHash('sha256')
    .update(`${request.method} ${request.originalUrl}\n${JSON.stringify(request.body ?? null)}`)
    .digest('hex');
}

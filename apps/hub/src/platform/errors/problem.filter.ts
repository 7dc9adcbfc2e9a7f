import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import { FlotillaError, type Problem, type ProblemCode, problems } from '@flotilla/contracts';
import { isTransient } from '@flotilla/database';
import { problemDocsPath } from '@flotilla/domain';
import type { Logger } from '@flotilla/observability';
import { RefusalLog } from '@flotilla/fleet/access';
import type { Request, Response } from 'express';
import { isReadMethod } from '../auth/auth.guard.js';
import type { AuthenticatedRequest } from '../auth/permissions.decorator.js';
import { requestIdOf } from '../request-context/request-id.middleware.js';

/** Longest path kept of a refused request. */
const subjectLengthMax = 200;

/** Turns every error into problem JSON (RFC 9457) with a stable code; what nobody foresaw is `internal`, its cause only in the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject('LOGGER') private readonly logger: Logger,
    private readonly refusals: RefusalLog,
  ) {}

  async catch(error: unknown, host: ArgumentsHost): Promise<void> {
    const http = host.switchToHttp();
    const request = http.getRequest<Request & AuthenticatedRequest>();
    const response = http.getResponse<Response>();
    const problem = toProblem(error, requestIdOf(request));
    if (problem.code === 'internal') this.logger.error({ err: error, requestId: problem.requestId, path: request.path }, 'request failed');
    await this.recordRefusal(error, problem, request);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (problem.status === 401) response.setHeader('www-authenticate', 'Bearer realm="flotilla"');
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }

  /**
   * A refusal is an error that names a permission, or `forbidden`, or 401, and whatever turns a write of known credentials down. The answer is the same
   * when the record cannot be written.
   */
  private async recordRefusal(error: unknown, problem: Problem, request: Request & AuthenticatedRequest): Promise<void> {
    if (problem.status === 401) return this.refusals.refusedUnknown(problem.code);
    const named = error instanceof FlotillaError ? error.options.permission : undefined;
    const isWriteRefused = !isReadMethod(request.method) && problem.status >= 400 && problem.status < 500;
    if (!request.principal || !(problem.code === 'forbidden' || named !== undefined || isWriteRefused)) return undefined;
    try {
      await this.refusals.refused(request.principal, {
        action: named ?? request.permission ?? 'unknown',
        subject: `${request.method} ${request.path}`.slice(0, subjectLengthMax),
        code: problem.code,
      });
    } catch (cause) {
      this.logger.error({ err: cause, requestId: problem.requestId }, 'a refusal could not be written to the audit chain');
    }
  }
}

/** The problem document of any error. */
export function toProblem(error: unknown, requestId: string): Problem {
  const make = (code: ProblemCode, detail: string, errors?: Problem['errors']): Problem => ({
    // relative, since each hub serves its own reference
    type: `${problemDocsPath}#${code}`,
    title: problems[code].title,
    status: problems[code].status,
    detail,
    code,
    requestId,
    ...(errors ? { errors } : {}),
  });
  if (error instanceof FlotillaError) return make(error.code, error.message, error.options.errors);
  if (isBodyTooLarge(error)) return make('body-too-large', 'the body is over the limit of this route; send less, or in parts');
  if (error instanceof HttpException) return fromHttpException(error, make);
  if (isParseError(error)) return make('bad-request', 'the body is not valid JSON; send what /api/v1/openapi.json describes for the route');
  if (isTransient(error)) return make('unavailable', 'the database is not reachable; try again');
  return make('internal', `something broke inside the hub; look for ${requestId} in its log`);
}

function fromHttpException(error: HttpException, make: (code: ProblemCode, detail: string, errors?: Problem['errors']) => Problem): Problem {
  const status = error.getStatus();
  const body = error.getResponse();
  const issues = typeof body === 'object' && 'issues' in body && Array.isArray(body.issues) ? body.issues : undefined;
  const code: ProblemCode =
    status === 404
      ? 'not-found'
      : status === 401
        ? 'unauthenticated'
        : status === 403
          ? 'forbidden'
          : status === 413
            ? 'body-too-large'
            : status === 429
              ? 'rate-limited'
              : status < 500
                ? 'bad-request'
                : 'internal';
  if (issues) {
    const errors = issues.map((issue: { path?: unknown[]; message?: string }) => ({ path: pathText(issue.path), message: issue.message ?? 'invalid' }));
    return make(code, `the request is not valid: ${errors.map((e) => (e.path ? `${e.path}: ${e.message}` : e.message)).join('; ')}`, errors);
  }
  const message = typeof body === 'object' && 'message' in body ? String(body.message) : error.message;
  return make(code, message);
}

const pathText = (path: unknown[] | undefined): string =>
  (path ?? []).map((part) => (typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part))).join('.');
const isBodyTooLarge = (error: unknown): boolean =>
  (error instanceof HttpException && error.getStatus() === 413) || (error instanceof Error && 'type' in error && error.type === 'entity.too.large');
const isParseError = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && typeof error.type === 'string' && error.type.startsWith('entity.');

import { FlotillaError, type Problem, type ProblemCode, problems } from '@flotilla/contracts';
import type { z } from 'zod';

/** How to reach one hub. `token` is an API token; without it the browser's session cookie is what authenticates. */
export interface HttpOptions {
  /** root of the hub, e.g. `https://hub.example.com`; routes are below `/api/v1` */
  readonly url: string;
  readonly token?: string | undefined;
  /** default {@link requestTimeoutMsDefault} */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** sent with every request, e.g. `User-Agent` */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query | undefined;
  readonly body?: unknown;
  /** makes a repeated POST answer as the first did; a fresh one is made when absent */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

const requestTimeoutMsDefault = 30_000;
const retryAfterKey = 'retry-after';

/** One request to the hub: adds URL, token and time limit, and turns every failure into a FlotillaError with a code of the closed list. */
export class Http {
  private readonly root: string;

  constructor(private readonly options: HttpOptions) {
    this.root = options.url.replace(/\/+$/, '');
  }

  /** The parsed answer. Throws `internal` when the answer is not what the schema says. */
  async json<S extends z.ZodType>(schema: S, method: string, path: string, options: RequestOptions = {}): Promise<z.output<S>> {
    const response = await this.send(method, path, options);
    const body: unknown = await this.guarded(path, () => response.json());
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new FlotillaError(
      'internal',
      `the answer of the hub to ${method} ${path} is not understood (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}); use a client of the version of the hub`,
      { cause: parsed.error },
    );
  }

  /** For answers without a body. */
  async empty(method: string, path: string, options: RequestOptions = {}): Promise<void> {
    const response = await this.send(method, path, options);
    await response.body?.cancel();
  }

  /** The open answer of a stream; no time limit once the head has arrived. */
  async stream(path: string, options: { query?: Query | undefined; signal?: AbortSignal | undefined; lastEventId?: string | undefined }): Promise<Response> {
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (options.lastEventId !== undefined) headers['last-event-id'] = options.lastEventId;
    return this.checked(
      'GET',
      path,
      await this.call(path, this.address(path, options.query), {
        method: 'GET',
        headers: this.headers(headers),
        ...(options.signal ? { signal: options.signal } : {}),
      }),
    );
  }

  private async send(method: string, path: string, options: RequestOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (method === 'POST') headers['idempotency-key'] = options.idempotencyKey ?? randomKey();
    if (options.body !== undefined) headers['content-type'] = 'application/json';
    const limit = AbortSignal.timeout(options.timeoutMs ?? this.options.timeoutMs ?? requestTimeoutMsDefault);
    const response = await this.call(path, this.address(path, options.query), {
      method,
      headers: this.headers(headers),
      signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    return this.checked(method, path, response);
  }

  private address(path: string, query: Query = {}): string {
    const given = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
    return `${this.root}/api/v1${path}${given.size > 0 ? `?${given.toString()}` : ''}`;
  }

  private headers(own: Record<string, string>): Record<string, string> {
    return { ...this.options.headers, ...own, ...(this.options.token === undefined ? {} : { authorization: `Bearer ${this.options.token}` }) };
  }

  private call(path: string, address: string, init: RequestInit): Promise<Response> {
    return this.guarded(path, () => (this.options.fetch ?? globalThis.fetch)(address, { credentials: 'same-origin', ...init }));
  }

  private async guarded<T>(path: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      if (error instanceof Error && error.name === 'TimeoutError')
        throw new FlotillaError('outbound-timeout', `the hub at ${this.root} did not answer ${path} in time; try again or raise the time limit`, {
          cause: error,
        });
      if (error instanceof SyntaxError)
        throw new FlotillaError('internal', `what answers at ${this.root} is not a Flotilla hub (no JSON at ${path}); check the URL`, { cause: error });
      throw new FlotillaError('unavailable', `cannot reach the hub at ${this.root} (${reasonOf(error)}); check the URL and that the hub runs`, {
        cause: error,
      });
    }
  }

  private async checked(method: string, path: string, response: Response): Promise<Response> {
    if (response.ok) return response;
    const problem = asProblem(await response.json().catch(() => undefined));
    if (problem)
      throw new FlotillaError(problem.code, problem.detail, {
        ...(problem.errors ? { errors: problem.errors } : {}),
        ...(problem.requestId ? { requestId: problem.requestId } : {}),
      });
    const wait = response.headers.get(retryAfterKey);
    throw new FlotillaError(
      codeOfStatus(response.status),
      `the hub at ${this.root} answered ${response.status} to ${method} ${path}${wait === null ? '' : `; try again in ${wait} s`}`,
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error)
    return ('code' in error.cause && typeof error.cause.code === 'string' ? error.cause.code : error.cause.message) || error.message;
  return error.message;
}

function asProblem(body: unknown): (Pick<Problem, 'code' | 'detail' | 'errors'> & { requestId?: string }) | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, detail, title, errors, requestId } = body as Record<string, unknown>;
  if (typeof code !== 'string' || !Object.hasOwn(problems, code)) return undefined;
  const wrong = Array.isArray(errors) ? errors.filter(isFieldError) : [];
  const text = typeof detail === 'string' && detail !== '' ? detail : typeof title === 'string' ? title : code;
  return { code: code as ProblemCode, detail: text, ...(wrong.length > 0 ? { errors: wrong } : {}), ...(typeof requestId === 'string' ? { requestId } : {}) };
}

function isFieldError(value: unknown): value is { path: string; message: string } {
  return (
    typeof value === 'object' && value !== null && 'path' in value && typeof value.path === 'string' && 'message' in value && typeof value.message === 'string'
  );
}

function codeOfStatus(status: number): ProblemCode {
  const known: Readonly<Record<number, ProblemCode>> = {
    400: 'bad-request',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'not-found',
    409: 'conflict',
    413: 'body-too-large',
    429: 'rate-limited',
    502: 'unavailable',
    503: 'unavailable',
    504: 'outbound-timeout',
  };
  return known[status] ?? (status >= 500 ? 'internal' : 'bad-request');
}

/** 128 random bits; `crypto.randomUUID` is missing in browsers on plain http. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

import type { z } from 'zod';

/** Longest wait for one answer of the hub. */
const requestTimeoutMs = 20_000;
const base = '/api/v1';

/** An answer of the hub that is not a success, or no answer at all (`code` `unreachable`). */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly requestId: string | null,
    readonly errors: readonly { path: string; message: string }[] = [],
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | undefined>;

interface Call<S extends z.ZodType> {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown;
  /** Shape of the answer; absent: the body is not read. */
  answer?: S;
  signal?: AbortSignal;
}

/**
 * One call of the hub's REST API on the same origin, with the session cookie.
 * Writes carry the `x-flotilla-csrf` header that the hub demands of cookies. Throws ApiError, with the hub's own problem document where there is one.
 */
export async function call<S extends z.ZodType>(path: string, { method = 'GET', query = {}, body, answer, signal }: Call<S>): Promise<z.infer<S>> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, String(value));
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-flotilla-csrf'] = '1';
  if (body !== undefined) headers['content-type'] = 'application/json';
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const url = `${base}${path}${search.size > 0 ? `?${search}` : ''}`;
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const why = timeout.aborted ? `gave no answer within ${requestTimeoutMs / 1000} s` : 'cannot be reached';
    throw new ApiError(`The hub ${why}. Clusters go on reconciling; try again.`, 0, 'unreachable', 'The hub did not answer', null);
  }
  if (!response.ok) throw await problemOf(response);
  if (!answer) return undefined as z.infer<S>;
  const parsed = answer.safeParse(await response.json().catch(() => null));
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    const where = first ? `${first.path.join('.') || 'body'}: ${first.message}` : 'not JSON';
    throw new ApiError(
      `The answer of ${method} ${path} is not what this console expects (${where}). Reload the page to get the console of this hub.`,
      response.status,
      'answer-unexpected',
      'The hub answered in another shape',
      response.headers.get('x-request-id'),
    );
  }
  return parsed.data;
}

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const text = (name: string): string | null => {
    const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : null;
    return typeof value === 'string' ? value : null;
  };
  const errors = typeof body === 'object' && body !== null && 'errors' in body && Array.isArray(body.errors) ? (body.errors as { path: string; message: string }[]) : [];
  return new ApiError(
    text('detail') ?? `The hub answered ${response.status}.`,
    response.status,
    text('code') ?? 'unknown',
    text('title') ?? response.statusText,
    text('requestId') ?? response.headers.get('x-request-id'),
    errors,
  );
}

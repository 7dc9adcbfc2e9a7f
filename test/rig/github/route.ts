import type { Forge, Repository } from './forge.js';

/** An answer: status and JSON body (none for 204). */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Login of the token's account; undefined for an anonymous call. */
  readonly login: string | undefined;
  readonly forge: Forge;
}

export interface RepositoryCall extends Call {
  readonly repository: Repository;
}

export interface Route {
  readonly method: string;
  /** Path with `:name` for one segment and `*name` for the rest. */
  readonly path: string;
  readonly handle: (call: Call) => Promise<Answer> | Answer;
}

/** A refusal with GitHub's body: a message and, where GitHub has them, `errors`. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;

  constructor(status: number, message: string, errors?: readonly unknown[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export const notFound = () => new Refusal(404, 'Not Found');

/** A route below `/repos/:owner/:repo`; reading a private repository without access is 404, writing without a token 401. */
export function repositoryRoute(method: string, path: string, handle: (call: RepositoryCall) => Promise<Answer> | Answer): Route {
  return {
    method,
    path: `/repos/:owner/:repo${path}`,
    handle: (call) => {
      const repository = call.forge.find(call.params['owner'] ?? '', call.params['repo'] ?? '');
      const isVisible = repository !== undefined && (!repository.private || call.forge.mayUse(call.login, repository));
      if (!isVisible) throw notFound();
      if (method !== 'GET' && call.login === undefined) throw new Refusal(401, 'Requires authentication');
      if (method !== 'GET' && !call.forge.mayUse(call.login, repository)) throw new Refusal(403, 'Must have admin rights to Repository.');
      return handle({ ...call, repository });
    },
  };
}

/** Finds the route of a request and its parameters. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Record<string, string> } | undefined {
  const segments = path.split('/').map(decodeURIComponent);
  for (const route of routes) {
    const params = route.method === method ? matchPath(route.path.split('/'), segments) : undefined;
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    if (part.startsWith('*')) {
      params[part.slice(1)] = segments.slice(index).join('/');
      return segments.length > index ? params : undefined;
    }
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (part.startsWith(':')) params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return pattern.length === segments.length ? params : undefined;
}

/** A string field of a body, or undefined. */
export function text(body: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' ? value : undefined;
}

/** A string field that must be there, else 422 as GitHub answers. */
export function requiredText(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = text(body, field);
  if (value === undefined) throw new Refusal(422, `Invalid request.\n\n"${field}" wasn't supplied.`);
  return value;
}

/** A nested object of a body, empty when there is none. */
export function nested(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

const MAX_PAGE_SIZE = 100;
const DEFAULT_PAGE_SIZE = 30;

/** The page of a list that `per_page` and `page` ask for. */
export function page<T>(items: readonly T[], query: URLSearchParams): T[] {
  const { size, skip } = pageBounds(query);
  return items.slice(skip, skip + size);
}

export function pageBounds(query: URLSearchParams): { readonly size: number; readonly skip: number } {
  const size = Math.min(Math.max(Number(query.get('per_page') ?? DEFAULT_PAGE_SIZE) || DEFAULT_PAGE_SIZE, 1), MAX_PAGE_SIZE);
  const number = Math.max(Number(query.get('page') ?? 1) || 1, 1);
  return { size, skip: (number - 1) * size };
}

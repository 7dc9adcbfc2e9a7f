import { rootCertificates } from 'node:tls';
import { FlotillaError } from '@flotilla/contracts';
import { Agent, request, type Dispatcher } from 'undici';
import { isAddressAllowed, parseAllowList } from './address.js';
import { checkGitUrl, type CheckedGitEndpoint } from './git-url.js';
import { guardedLookup, resolveAllowed, systemResolver, type ResolvedAddress, type Resolver } from './guarded-lookup.js';

const outboundBodyBytesMax = 32 * 1024 * 1024;
const outboundRedirectsMax = 5;
const outboundConnectTimeoutMs = 5_000;
const outboundTimeoutMs = 30_000;

export interface OutboundOptions {
  /** CIDRs of private or loopback ranges that may be called (FLOTILLA_OUTBOUND_ALLOW) */
  allow?: readonly string[] | undefined;
  /** PEM of a private CA trusted beside the public ones */
  ca?: string | undefined;
  connectTimeoutMs?: number | undefined;
  /** whole call, body included */
  timeoutMs?: number | undefined;
  resolver?: Resolver | undefined;
}

/** TLS of one server: its own CA in place of the public ones, and a client certificate. */
interface OutboundTls {
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  servername?: string | undefined;
}

export interface OutboundRequest {
  method?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  body?: string | Uint8Array | undefined;
  timeoutMs?: number | undefined;
  bodyBytesMax?: number | undefined;
  /** most redirects followed; each target is checked anew. Default 5 for GET and HEAD, else none is followed */
  redirectsMax?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface OutboundResponse {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** where the answer came from, after redirects */
  url: string;
  text(): string;
  /** the parsed body; throws `unavailable` when it is not JSON */
  json(): unknown;
}

export interface Outbound {
  /** One HTTP call. Throws `outbound-blocked`, `outbound-timeout`, or `unavailable` when the other side cannot be reached; any status is an answer. */
  request(url: string, options?: OutboundRequest): Promise<OutboundResponse>;
  /** `request` in the shape of the standard fetch, for client libraries. */
  fetch(url: string, init?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array; signal?: AbortSignal }): Promise<Response>;
  /** The same guard with the TLS of one server. The caller closes it. */
  withTls(tls: OutboundTls): Outbound;
  resolve(host: string): Promise<ResolvedAddress[]>;
  /** Reads a Git URL and checks its address. Throws `git-url-invalid`, `outbound-blocked`, `unavailable`. */
  assertGitUrlAllowed(url: string): Promise<CheckedGitEndpoint>;
  close(): Promise<void>;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const nullBodyStatuses = new Set([101, 204, 205, 304]);

/** The guarded client: every address is checked after resolution and connected to as checked; metadata and link-local addresses never. */
export function createOutbound(options: OutboundOptions = {}): Outbound {
  const allow = parseAllowList(options.allow ?? []);
  const resolver = options.resolver ?? systemResolver;
  const build = (tls: OutboundTls): Outbound => {
    const ca = tls.ca ?? (options.ca === undefined ? undefined : [...rootCertificates, options.ca]);
    const dispatcher = new Agent({
      connect: {
        lookup: guardedLookup(allow, resolver),
        timeout: options.connectTimeoutMs ?? outboundConnectTimeoutMs,
        ...(ca === undefined ? {} : { ca }),
        ...(tls.cert === undefined ? {} : { cert: tls.cert }),
        ...(tls.key === undefined ? {} : { key: tls.key }),
        ...(tls.servername === undefined ? {} : { servername: tls.servername }),
      },
      keepAliveTimeout: 4_000,
      connections: 32,
    });
    const call = (url: string, init: OutboundRequest = {}) =>
      callBounded(dispatcher, (host) => isAddressAllowed(host, allow), url, { ...init, timeoutMs: init.timeoutMs ?? options.timeoutMs ?? outboundTimeoutMs });
    return {
      request: call,
      async fetch(url, init = {}) {
        const answer = await call(url, init);
        return new Response(nullBodyStatuses.has(answer.status) ? null : new Uint8Array(answer.body), { status: answer.status, headers: answer.headers });
      },
      withTls: build,
      resolve: (host) => resolveAllowed(host, allow, resolver),
      assertGitUrlAllowed: (url) => checkGitUrl(url, allow, resolver),
      close: () => dispatcher.destroy(),
    };
  };
  return build({});
}

async function callBounded(
  dispatcher: Dispatcher,
  literalAllowed: (host: string) => boolean,
  start: string,
  init: OutboundRequest & { timeoutMs: number },
): Promise<OutboundResponse> {
  const method = init.method ?? 'GET';
  const redirectsMax = init.redirectsMax ?? (method === 'GET' || method === 'HEAD' ? outboundRedirectsMax : 0);
  const timeout = AbortSignal.timeout(init.timeoutMs);
  const signal = init.signal ? AbortSignal.any([timeout, init.signal]) : timeout;
  let url = readUrl(start);
  let headers = { ...init.headers };
  try {
    for (let hop = 0; ; hop += 1) {
      assertLiteral(url, literalAllowed);
      const answer = await request(url, { dispatcher, method, headers, body: init.body ?? null, signal });
      const location = answer.headers['location'];
      if (redirectStatuses.has(answer.statusCode) && typeof location === 'string' && redirectsMax > 0) {
        await answer.body.dump({ limit: 64 * 1024, signal });
        if (hop >= redirectsMax) throw new FlotillaError('unavailable', `${url.origin} redirects more than ${redirectsMax} times`);
        const next = readUrl(new URL(location, url).href);
        if (url.protocol === 'https:' && next.protocol === 'http:')
          throw new FlotillaError('outbound-blocked', `${url.origin} redirects from https to http, which is not followed`);
        // credentials are for the origin they were given for
        if (next.origin !== url.origin)
          headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !['authorization', 'cookie'].includes(name.toLowerCase())));
        url = next;
        continue;
      }
      const body = await readBounded(answer.body, init.bodyBytesMax ?? outboundBodyBytesMax, url);
      const flat = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value ?? '')]),
      );
      return toResponse(answer.statusCode, flat, body, url);
    }
  } catch (error) {
    throw classify(error, url, timeout.aborted, init.timeoutMs);
  }
}

function toResponse(status: number, headers: Record<string, string>, body: Buffer, url: URL): OutboundResponse {
  const text = () => body.toString('utf8');
  return {
    status,
    headers,
    body,
    url: url.href,
    text,
    json() {
      try {
        return JSON.parse(text()) as unknown;
      } catch (error) {
        throw new FlotillaError('unavailable', `${url.origin} answered ${status} with a body that is not JSON`, { cause: error });
      }
    },
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new FlotillaError('outbound-blocked', 'only http:// and https:// addresses are called; give one of those');
  return url;
}

/** `net.connect` asks no lookup for a literal address, so it is checked here. */
function assertLiteral(url: URL, allowed: (host: string) => boolean): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (/^[\d.]+$/.test(host) || host.includes(':')) {
    if (!allowed(host))
      throw new FlotillaError(
        'outbound-blocked',
        `${host} is an address the hub may not call; private ranges are opened with FLOTILLA_OUTBOUND_ALLOW, link-local and metadata addresses never`,
        { retryable: false },
      );
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>, max: number, url: URL): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > max) throw new FlotillaError('unavailable', `the answer of ${url.origin} is over the limit of ${max} bytes`, { retryable: false });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function classify(error: unknown, url: URL, timedOut: boolean, timeoutMs: number): unknown {
  if (error instanceof FlotillaError) return error;
  const cause = error as { code?: string; cause?: unknown; message?: string };
  if (cause.cause instanceof FlotillaError) return cause.cause;
  const code = cause.code ?? '';
  if (timedOut || (code.startsWith('UND_ERR_') && code.endsWith('_TIMEOUT')))
    return new FlotillaError('outbound-timeout', `${url.origin} did not answer within ${timeoutMs} ms`, { cause: error });
  return new FlotillaError('unavailable', `${url.origin} cannot be reached (${code || cause.message || 'no reason given'})`, { cause: error });
}

import { FlotillaError } from '@flotilla/contracts';
import { resolveAllowed, type AllowList, type Resolver } from './guarded-lookup.js';

export interface GitEndpoint {
  /** as given, without credentials */
  url: string;
  protocol: 'http' | 'https' | 'ssh';
  /** user of an ssh URL, else empty */
  user: string;
  host: string;
  port: number;
}
/** A Git endpoint whose address was checked; connect to `address`, so that the name cannot point elsewhere meanwhile. */
export interface CheckedGitEndpoint extends GitEndpoint {
  address: string;
}

const defaultPorts = { http: 80, https: 443, ssh: 22 } as const;
const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9]([-a-z0-9.]*[a-z0-9])?\.?)$/i;

/** Reads a Git URL. Only `http://`, `https://` and `ssh://` are taken, as Flux does; no password in it. Throws `git-url-invalid`. */
export function parseGitUrl(text: string): GitEndpoint {
  const invalid = (why: string) =>
    new FlotillaError('git-url-invalid', `the Git URL ${why}; give http://, https:// or ssh://, e.g. ssh://git@example.com/owner/repository`);
  let url: URL;
  try {
    url = new URL(text);
  } catch (error) {
    throw new FlotillaError('git-url-invalid', 'the Git URL cannot be read; give http://, https:// or ssh://, e.g. ssh://git@example.com/owner/repository', {
      cause: error,
    });
  }
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'http' && protocol !== 'https' && protocol !== 'ssh') throw invalid(`has the scheme "${protocol}"`);
  if (!hostPattern.test(url.hostname)) throw invalid('has no valid host');
  if (url.password !== '' || (protocol !== 'ssh' && url.username !== ''))
    throw invalid('carries credentials, which belong in the credentials of the fleet repo');
  if (url.username !== '' && !/^[A-Za-z0-9_][-A-Za-z0-9_.]*$/.test(url.username)) throw invalid('has a user name that is not valid');
  if (url.pathname === '' || url.pathname === '/') throw invalid('names no repository');
  if (url.search !== '' || url.hash !== '') throw invalid('has a query or fragment');
  return { url: text, protocol, user: url.username, host: url.hostname, port: url.port === '' ? defaultPorts[protocol] : Number(url.port) };
}

/** Reads a Git URL, resolves its host and checks the address. Throws `git-url-invalid`, `outbound-blocked`, `unavailable`. */
export async function checkGitUrl(text: string, allow: AllowList, resolver: Resolver): Promise<CheckedGitEndpoint> {
  const endpoint = parseGitUrl(text);
  const [first] = await resolveAllowed(endpoint.host, allow, resolver);
  return { ...endpoint, address: first?.address ?? endpoint.host };
}

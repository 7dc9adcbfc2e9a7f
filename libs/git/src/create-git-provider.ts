import { FlotillaError, type GitCredentials } from '@flotilla/contracts';
import type { Outbound } from '@flotilla/outbound';
import type { GitProvider } from './git-provider.js';
import { GiteaProvider } from './gitea/gitea-provider.js';
import { githubApiUrlDefault, GithubProvider } from './github/github-provider.js';
import { PlainGitProvider } from './plain/plain-git-provider.js';

/** Where a fleet repo is and how it is spoken to. */
export interface GitLocation {
  provider: 'github' | 'gitea' | 'git';
  url: string;
  apiUrl: string | null;
  owner: string | null;
  repository: string | null;
  credentials: GitCredentials;
}

/** The provider of a fleet repo. The caller closes it. Throws `git-auth-failed` when a forge's token is missing, `git-url-invalid` when owner or name is. */
export function createGitProvider(location: GitLocation, options: { outbound: Outbound; searchPath?: string | undefined }): GitProvider {
  const { provider, url, credentials } = location;
  const { outbound, searchPath } = options;
  if (provider === 'git') return new PlainGitProvider({ url, credentials, outbound, searchPath });
  const { owner, repository } = repositoryOf(location);
  if (credentials.token === undefined)
    throw new FlotillaError('git-auth-failed', `the fleet repo at ${url} has no token; give it a token that may write contents and deploy keys`, {
      retryable: false,
    });
  if (provider === 'github') return new GithubProvider({ apiUrl: location.apiUrl ?? githubApiUrl(url), owner, repository, token: credentials.token, outbound });
  return new GiteaProvider({
    apiUrl: location.apiUrl ?? new URL(url).origin,
    owner,
    repository,
    token: credentials.token,
    ca: credentials.caFile,
    outbound,
    searchPath,
  });
}

function repositoryOf(location: GitLocation): { owner: string; repository: string } {
  const [owner, repository] = new URL(location.url).pathname
    .replace(/^\/+|(\.git)?\/*$/g, '')
    .split('/')
    .slice(-2);
  const result = { owner: location.owner ?? owner, repository: location.repository ?? repository };
  if (!result.owner || !result.repository)
    throw new FlotillaError('git-url-invalid', `the URL ${location.url} names no owner and repository; give them with the fleet repo`);
  return { owner: result.owner, repository: result.repository };
}

/** github.com has its API on a host of its own, GitHub Enterprise Server below /api/v3. */
function githubApiUrl(url: string): string {
  const { hostname, origin, protocol, host } = new URL(url);
  if (hostname === 'github.com' || hostname === 'ssh.github.com') return githubApiUrlDefault;
  return `${protocol === 'ssh:' ? `https://${host}` : origin}/api/v3`;
}

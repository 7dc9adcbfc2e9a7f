import { FlotillaError } from '@flotilla/contracts';
import { fluxNamespace, type KubeObject } from '@flotilla/domain';
import { parseGitUrl } from '@flotilla/outbound';
import type { GitProvider } from '@flotilla/git';
import type { OpenFleetRepo } from '../fleet-repos/index.js';
import type { BootstrapInput } from './bootstrap-context.js';

export const sourceSecretName = fluxNamespace;

/** The URL the cluster clones from, by the kind of authentication asked for. Throws `git-url-invalid`, saying which kinds the repo has. */
export async function syncUrl(input: BootstrapInput, repo: OpenFleetRepo, git: GitProvider): Promise<string> {
  const { authentication, allowInsecureHttp, sshHostname } = input.options;
  const urls = await git.cloneUrls();
  if (authentication === 'ssh') {
    if (urls.ssh === null)
      throw new FlotillaError(
        'git-url-invalid',
        `the fleet repo "${repo.name}" is read over HTTP; choose the authentication "token" (flux: --token-auth), or give it an ssh:// URL`,
      );
    if (sshHostname === undefined) return urls.ssh;
    const url = new URL(urls.ssh);
    url.hostname = sshHostname;
    return url.href;
  }
  // plain Git is read where it is written; a forge tells its own URL
  const http = urls.http;
  if (http === null) throw new FlotillaError('git-url-invalid', `the fleet repo "${repo.name}" is read over SSH; choose the authentication "ssh"`);
  if (parseGitUrl(http).protocol === 'http' && authentication === 'token' && !allowInsecureHttp) {
    throw new FlotillaError(
      'git-url-invalid',
      `the fleet repo "${repo.name}" would send its token over plain http; use https, or allow it with allowInsecureHttp (flux: --allow-insecure-http)`,
    );
  }
  return http;
}

/** The source Secret with user name and password, as `flux bootstrap --token-auth` makes it. */
export function tokenSecret(repo: OpenFleetRepo): KubeObject {
  const { username, token, caFile } = repo.credentials;
  if (token === undefined)
    throw new FlotillaError('git-auth-failed', `the fleet repo "${repo.name}" has no token to give to the cluster`, { retryable: false });
  return sourceSecret({ username: username ?? 'git', password: token, ...(caFile === undefined ? {} : { 'ca.crt': caFile }) });
}

/** The source Secret with a key pair and the server's host key. */
export function sshSecret(key: { privateKey: string; publicKey: string | null; knownHosts: string }): KubeObject {
  return sourceSecret({ identity: key.privateKey, ...(key.publicKey === null ? {} : { 'identity.pub': key.publicKey }), known_hosts: key.knownHosts });
}

function sourceSecret(stringData: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: sourceSecretName, namespace: fluxNamespace }, stringData };
}

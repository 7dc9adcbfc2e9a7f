import type { BootstrapRequest, CreateFleetRepoRequest, GitCredentials } from '@flotilla/contracts';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import type { KubeconfigOptions } from './kubeconfig.js';
import { present, readFlagFile } from './options.js';
import { RefusedFlagError } from './refused-flags.js';

export type BootstrapProvider = 'github' | 'gitea' | 'git';

export interface BootstrapOptions extends KubeconfigOptions {
  path: string;
  cluster?: string;
  label?: string[];
  fleetRepo?: string;
  branch: string;
  interval: string;
  caFile?: string;
  sshKeyAlgorithm: string;
  sshHostname?: string;
  authorName: string;
  authorEmail: string;
  commitMessageAppendix?: string;
  distribution?: string | undefined;
  version?: string;
  workloadsPath?: string;
  scaffold: boolean;
  wait: boolean;
  timeout: string;
  owner?: string;
  repository?: string;
  hostname?: string;
  apiUrl?: string;
  personal?: boolean;
  private?: boolean;
  tokenAuth?: boolean;
  readWriteKey?: boolean;
  url?: string;
  username?: string;
  password?: string;
  privateKeyFile?: string;
  knownHostsFile?: string;
  allowInsecureHttp?: boolean;
  verbose?: boolean;
}

const githubHost = 'github.com';

/** The fleet repo these flags mean, without credentials. */
export function fleetRepoOf(provider: BootstrapProvider, options: BootstrapOptions): CreateFleetRepoRequest {
  if (provider === 'git') {
    const url = options.url ?? '';
    if (!URL.canParse(url))
      throw new CliError(exitCodes.usage, `--url ${url} is not a URL; write it as ssh://git@host/org/repository or https://host/org/repository`);
    return { name: repoName(new URL(url).pathname), provider, url, branch: options.branch };
  }
  const { owner = '', repository = '', hostname = githubHost } = options;
  const base = /^https?:\/\//.test(hostname) ? hostname.replace(/\/+$/, '') : `https://${hostname}`;
  return {
    name: repoName(`${owner}-${repository}`),
    provider,
    url: `${base}/${owner}/${repository}.git`,
    branch: options.branch,
    owner,
    repository,
    ...present({ apiUrl: options.apiUrl }),
  };
}

function repoName(path: string): string {
  const name = path
    .toLowerCase()
    .replace(/\.git$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'fleet' : name;
}

/** flux takes the secrets of forges from GITHUB_TOKEN and GITEA_TOKEN; so does this, and asks where they are not set. */
export async function credentialsOf(context: Context, provider: BootstrapProvider, options: BootstrapOptions): Promise<GitCredentials> {
  const caFile = await readFlagFile(context, options.caFile, 'ca-file');
  if (provider !== 'git') {
    const token = context.config.gitTokens[provider] ?? (await context.ask(`token for ${options.hostname ?? provider}: `))?.trim();
    if (!token)
      throw new CliError(
        exitCodes.usage,
        `set ${provider.toUpperCase()}_TOKEN to a token that may write to ${options.owner ?? ''}/${options.repository ?? ''}`,
      );
    return present({ username: 'git', token, caFile });
  }
  const isSsh = options.url?.startsWith('ssh:') === true;
  if (isSsh && options.tokenAuth) throw new CliError(exitCodes.usage, '--token-auth reads the repository over HTTPS; give --url as https://…');
  if (isSsh && options.password !== undefined)
    throw new RefusedFlagError(
      '--password',
      "with an ssh:// URL flux takes it as the passphrase of the key, and the hub takes keys without one; leave it out and give a copy of the key without passphrase (ssh-keygen -p -N '' -f COPY), or bootstrap over https://",
    );
  const token = isSsh ? undefined : (options.password ?? context.config.gitTokens.git);
  return present({
    username: token === undefined ? undefined : options.username,
    token,
    sshPrivateKey: await readFlagFile(context, options.privateKeyFile, 'private-key-file'),
    knownHosts: await readFlagFile(context, options.knownHostsFile, 'known-hosts-file'),
    caFile,
  });
}

const keyAlgorithms = ['ecdsa', 'ed25519', 'rsa'] as const;

/** The request to the hub. How the cluster reads the repository: by deploy key over SSH, else with the token over HTTPS. */
export async function bootstrapBody(
  provider: BootstrapProvider,
  options: BootstrapOptions,
  kubeconfig: string,
  hasToken: boolean,
): Promise<Partial<BootstrapRequest> & { kubeconfig: string }> {
  const { formatGoDuration, parseGoDuration } = await import('@flotilla/domain');
  const sshKeyAlgorithm = keyAlgorithms.find((known) => known === options.sshKeyAlgorithm);
  if (!sshKeyAlgorithm) throw new CliError(exitCodes.usage, `--ssh-key-algorithm ${options.sshKeyAlgorithm} is not one of ${keyAlgorithms.join(', ')}`);
  return {
    kubeconfig,
    interval: formatGoDuration(parseGoDuration(options.interval, 'interval')),
    authentication: authenticationOf(provider, options, hasToken),
    sshKeyAlgorithm,
    readWriteKey: options.readWriteKey === true,
    allowInsecureHttp: options.allowInsecureHttp === true,
    personal: options.personal === true,
    private: options.private !== false,
    authorName: options.authorName,
    authorEmail: options.authorEmail,
    scaffold: options.scaffold,
    ...present({
      distributionDigest: options.distribution,
      sshHostname: options.sshHostname,
      commitMessageAppendix: options.commitMessageAppendix,
      workloadsPath: options.workloadsPath,
    }),
  };
}

function authenticationOf(provider: BootstrapProvider, options: BootstrapOptions, hasToken: boolean): BootstrapRequest['authentication'] {
  if (provider === 'git' && !options.url?.startsWith('ssh:')) return hasToken ? 'token' : 'none';
  return options.tokenAuth ? 'token' : 'ssh';
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlotillaError, type GitCredentials } from '@flotilla/contracts';
import type { Outbound } from '@flotilla/outbound';
import { runGit, searchPathDefault, type RunResult } from './run-git.js';

export interface GitRemoteOptions {
  url: string;
  credentials: GitCredentials;
  outbound: Outbound;
  searchPath?: string | undefined;
  /** keep the repository here (a mirror's cache) in place of a temporary directory */
  directory?: string | undefined;
}

const connectTimeoutSeconds = 10;

/**
 * A bare repository beside one remote. Every contact resolves and checks the remote's address and connects to just that address; credentials travel in
 * the environment or in files of mode 0600 that `close` removes, never in arguments or URLs.
 */
export class GitRemote {
  private scratch: string | undefined;
  private prepared: Promise<string> | undefined;

  constructor(private readonly options: GitRemoteOptions) {}

  /** Runs git in the repository without the network. */
  async local(
    action: string,
    argv: readonly string[],
    more: { input?: string | Buffer; accept?: readonly number[]; environment?: Record<string, string> } = {},
  ): Promise<RunResult> {
    const directory = await this.repository();
    return runGit(argv, {
      directory,
      action,
      input: more.input,
      accept: more.accept,
      environment: { ...(await this.baseEnvironment()), GIT_NO_LAZY_FETCH: '1', ...more.environment },
    });
  }

  /** Runs git with access to the remote `origin`. */
  async contact(
    action: string,
    argv: readonly string[],
    more: { input?: string | Buffer; timeoutMs?: number; accept?: readonly number[] } = {},
  ): Promise<RunResult> {
    const directory = await this.repository();
    return runGit(argv, { directory, action, input: more.input, accept: more.accept, timeoutMs: more.timeoutMs, environment: await this.remoteEnvironment() });
  }

  /** A file in a private directory, for what git takes only by file name. */
  async scratchFile(name: string, content: string): Promise<string> {
    const file = join(await this.scratchDirectory(), name);
    await writeFile(file, content, { mode: 0o600 });
    return file;
  }

  async close(): Promise<void> {
    const scratch = this.scratch;
    this.scratch = undefined;
    this.prepared = undefined;
    // git may still be tidying up behind a fetch
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private async scratchDirectory(): Promise<string> {
    this.scratch ??= await mkdtemp(join(tmpdir(), 'flotilla-git-'));
    return this.scratch;
  }

  private repository(): Promise<string> {
    this.prepared ??= this.prepare().catch((error: unknown) => {
      this.prepared = undefined;
      throw error;
    });
    return this.prepared;
  }

  private async prepare(): Promise<string> {
    const directory = this.options.directory ?? join(await this.scratchDirectory(), 'repository.git');
    const environment = await this.baseEnvironment();
    const run = (argv: readonly string[], cwd: string) => runGit(argv, { directory: cwd, action: 'preparing a repository', environment });
    await run(['init', '--quiet', '--bare', directory], await this.scratchDirectory());
    await run(['config', 'remote.origin.url', this.options.url], directory);
    return directory;
  }

  private async baseEnvironment(): Promise<Record<string, string>> {
    return {
      PATH: this.options.searchPath ?? searchPathDefault,
      HOME: await this.scratchDirectory(),
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '',
      GIT_ALLOW_PROTOCOL: 'http:https:ssh',
    };
  }

  private async remoteEnvironment(): Promise<Record<string, string>> {
    const { credentials } = this.options;
    const endpoint = await this.options.outbound.assertGitUrlAllowed(this.options.url);
    const environment = await this.baseEnvironment();
    if (endpoint.protocol === 'ssh')
      return { ...environment, GIT_SSH_VARIANT: 'ssh', GIT_SSH_COMMAND: await this.sshCommand(endpoint.host, endpoint.port, endpoint.address) };

    const address = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address;
    const settings: [string, string][] = [
      // a redirect would lead past the address check
      ['http.followRedirects', 'false'],
      ['http.curloptResolve', `${endpoint.host.replace(/^\[|\]$/g, '')}:${endpoint.port}:${address}`],
      ['http.lowSpeedLimit', '1'],
      ['http.lowSpeedTime', '30'],
    ];
    if (credentials.token !== undefined) {
      const basic = Buffer.from(`${credentials.username ?? 'git'}:${credentials.token}`).toString('base64');
      settings.push(['http.extraHeader', `Authorization: Basic ${basic}`]);
    }
    if (credentials.caFile !== undefined) settings.push(['http.sslCAInfo', await this.scratchFile('ca.crt', credentials.caFile)]);
    settings.forEach(([key, value], index) => {
      environment[`GIT_CONFIG_KEY_${index}`] = key;
      environment[`GIT_CONFIG_VALUE_${index}`] = value;
    });
    environment['GIT_CONFIG_COUNT'] = String(settings.length);
    return environment;
  }

  private async sshCommand(host: string, port: number, address: string): Promise<string> {
    const { sshPrivateKey, knownHosts } = this.options.credentials;
    if (sshPrivateKey === undefined || knownHosts === undefined) {
      throw new FlotillaError('git-auth-failed', 'an ssh:// fleet repo needs an SSH private key and known hosts in its credentials', { retryable: false });
    }
    const key = await this.scratchFile('identity', sshPrivateKey.endsWith('\n') ? sshPrivateKey : `${sshPrivateKey}\n`);
    const known = await this.scratchFile('known_hosts', knownHosts.endsWith('\n') ? knownHosts : `${knownHosts}\n`);
    const flags = [
      '-F',
      '/dev/null',
      '-o',
      'BatchMode=yes',
      '-o',
      'IdentitiesOnly=yes',
      '-o',
      'IdentityAgent=none',
      '-o',
      `IdentityFile=${key}`,
      '-o',
      'StrictHostKeyChecking=yes',
      '-o',
      `UserKnownHostsFile=${known}`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
      '-o',
      'UpdateHostKeys=no',
      // connect to the address that was checked, but check its key by its name
      '-o',
      `HostName=${address}`,
      '-o',
      `HostKeyAlias=${port === 22 ? host : `[${host}]:${port}`}`,
      '-o',
      `ConnectTimeout=${connectTimeoutSeconds}`,
    ];
    return ['ssh', ...flags].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  }
}

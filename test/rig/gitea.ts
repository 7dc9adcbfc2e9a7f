import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { commandOutput } from './command.js';
import { freePort } from './ports.js';
import { rigProgram, sharedFile } from './rig-folder.js';
import { rigRun, type RigProcess } from './rig-run.js';
import { waitFor } from './wait-for.js';

const OWNER = 'fleet';
const START_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;
const BODY_SHOWN = 500;

interface Settings {
  readonly folder: string;
  readonly httpPort: number;
  readonly sshPort: number;
}

function renderSettings({ folder, httpPort, sshPort }: Settings): string {
  return `I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
RUN_USER = ${userInfo().username}
RUN_MODE = prod
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${httpPort}
ROOT_URL = http://127.0.0.1:${httpPort}/
STATIC_ROOT_PATH = ${sharedFile('gitea')}
START_SSH_SERVER = true
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = ${sshPort}
SSH_PORT = ${sshPort}
SSH_DOMAIN = 127.0.0.1
BUILTIN_SSH_SERVER_USER = git
OFFLINE_MODE = true
APP_DATA_PATH = ${join(folder, 'data')}
[database]
DB_TYPE = sqlite3
PATH = ${join(folder, 'data', 'gitea.db')}
[repository]
ROOT = ${join(folder, 'repos')}
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = ${randomBytes(16).toString('hex')}
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
ROOT_PATH = ${join(folder, 'log')}
LEVEL = warn
`;
}

interface Forge {
  readonly folder: string;
  readonly url: string;
  readonly sshPort: number;
  readonly password: string;
  readonly token: string;
  readonly process: RigProcess;
}

/** A real forge: REST, smart HTTP, SSH with deploy keys, webhooks, pull requests. Its administrator is {@link owner}. */
export class Gitea {
  readonly url: string;
  readonly owner: string = OWNER;
  readonly password: string;
  /** The administrator's API token, with all scopes. */
  readonly token: string;
  private readonly forge: Forge;

  private constructor(forge: Forge) {
    this.forge = forge;
    this.url = forge.url;
    this.password = forge.password;
    this.token = forge.token;
  }

  static async start(): Promise<Gitea> {
    const run = await rigRun();
    const folder = run.folder('gitea');
    for (const part of ['data', 'repos', 'log']) mkdirSync(join(folder, part));
    const [httpPort, sshPort] = [await freePort(), await freePort()];
    const settings = join(folder, 'app.ini');
    writeFileSync(settings, renderSettings({ folder, httpPort, sshPort }), { mode: 0o600 });
    const env = { PATH: process.env['PATH'], HOME: folder, USER: userInfo().username, GITEA_WORK_DIR: folder, TMPDIR: folder };
    const gitea = rigProgram('gitea');
    const command = (args: readonly string[]) => commandOutput(gitea, ['--config', settings, ...args], { env });
    await command(['migrate']);
    const server = run.spawn('gitea', gitea, ['--config', settings, 'web'], { env, log: join(folder, 'log', 'web') });
    const url = `http://127.0.0.1:${httpPort}`;
    try {
      await waitFor(
        'Gitea',
        async () => {
          server.assertRunning();
          return (await fetch(`${url}/api/v1/version`)).ok;
        },
        { timeoutMs: START_TIMEOUT_MS },
      );
      const password = randomBytes(12).toString('hex');
      const account = ['--username', OWNER, '--password', password, '--email', 'fleet@example.invalid', '--must-change-password=false'];
      await command(['admin', 'user', 'create', '--admin', ...account]);
      const token = await command(['admin', 'user', 'generate-access-token', '--username', OWNER, '--scopes', 'all', '--raw']);
      return new Gitea({ folder, url, sshPort, password, token: token.trim().split('\n').at(-1) ?? '', process: server });
    } catch (error) {
      const tail = server.logTail();
      await server.stop();
      throw new Error(`Gitea did not start: ${(error as Error).message}\n${tail}`, { cause: error });
    }
  }

  /** Clone URL over HTTP; user name and token go into basic authentication. */
  httpUrl(repository: string): string {
    return `${this.url}/${this.owner}/${repository}.git`;
  }

  /** Clone URL over SSH. */
  sshUrl(repository: string): string {
    return `ssh://git@127.0.0.1:${this.forge.sshPort}/${this.owner}/${repository}.git`;
  }

  /** One REST call as the administrator; `path` follows `/api/v1`. Gives the parsed answer, undefined when empty. */
  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `token ${this.token}`, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Gitea: ${method} ${path} answered ${response.status}: ${text.slice(0, BODY_SHOWN)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Makes a private repository, with a first commit when `initialize` is set. */
  async createRepository(name: string, options: { readonly initialize?: boolean } = {}): Promise<void> {
    await this.api('POST', '/user/repos', { name, private: true, auto_init: options.initialize ?? false, default_branch: 'main' });
  }

  /** Throws, with the end of its log, when it has ended by itself. */
  assertRunning(): void {
    this.forge.process.assertRunning();
  }

  async stop(): Promise<void> {
    await this.forge.process.stop();
    (await rigRun()).removeFolder(this.forge.folder);
  }
}

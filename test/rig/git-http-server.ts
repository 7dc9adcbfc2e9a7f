import { join } from 'node:path';
import { commandOutput } from './command.js';
import { plainGitEnvironment, serveGit } from '../../libs/local-services/src/git-backend.js';
import { basicCredentials, listenHttp, type HttpListener } from './http-listener.js';
import type { KeyPair } from './pki.js';
import { rigRun } from './rig-run.js';

export interface GitHttpServerOptions {
  /** Every request must carry these; without them the server is open. */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tls?: KeyPair;
}

/** One request as the server saw it, for tests that count what a client costs. */
export interface GitRequest {
  readonly method: string;
  readonly path: string;
  readonly authorized: boolean;
}

const MAX_REQUESTS_KEPT = 10_000;

/** Bare repositories over smart HTTP: what Flux and the hub can clone and push to, and nothing more than that. */
export class GitHttpServer {
  readonly url: string;
  /** Folder of the bare repositories. */
  readonly root: string;
  readonly requests: readonly GitRequest[];
  private readonly listener: HttpListener;

  private constructor(listener: HttpListener, root: string, requests: readonly GitRequest[]) {
    this.listener = listener;
    this.url = listener.url;
    this.root = root;
    this.requests = requests;
  }

  static async start(options: GitHttpServerOptions = {}): Promise<GitHttpServer> {
    const run = await rigRun();
    const root = run.folder('git');
    const requests: GitRequest[] = [];
    const { credentials } = options;
    const listener = await listenHttp((request, response) => {
      const path = new URL(request.url ?? '/', 'http://git').pathname;
      const given = basicCredentials(request.headers.authorization);
      const authorized = credentials === undefined || (given?.username === credentials.username && given.password === credentials.password);
      if (requests.length < MAX_REQUESTS_KEPT) requests.push({ method: request.method ?? '', path, authorized });
      if (!authorized) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
        return;
      }
      serveGit(request, response, root, path);
    }, options.tls);
    return new GitHttpServer(listener, root, requests);
  }

  /** Makes an empty bare repository whose default branch is `main`; gives its URL and its folder. */
  async createRepository(name: string): Promise<{ readonly url: string; readonly folder: string }> {
    const folder = join(this.root, `${name}.git`);
    await commandOutput('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder], { env: plainGitEnvironment() });
    return { url: `${this.url}/${name}.git`, folder };
  }

  async stop(): Promise<void> {
    await this.listener.close();
    (await rigRun()).removeFolder(this.root);
  }
}

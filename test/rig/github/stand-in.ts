import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveGit } from '../../../libs/local-services/src/git-backend.js';
import { basicCredentials, listenHttp, type HttpListener } from '../http-listener.js';
import type { KeyPair } from '../pki.js';
import { rigRun } from '../rig-run.js';
import { contentsRoutes } from './contents.js';
import { Forge, type Repository } from './forge.js';
import { gitDataRoutes } from './git-data.js';
import { pullRoutes } from './pulls.js';
import { repositoryRoutes } from './repositories.js';
import { Refusal, matchRoute, type Answer, type Route } from './route.js';

const ROUTES: readonly Route[] = [...repositoryRoutes, ...gitDataRoutes, ...contentsRoutes, ...pullRoutes];
const API_PREFIX = '/api/v3';
const MAX_BODY_BYTES = 40 * 1024 * 1024;
const GIT_PATH = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export interface GithubStandInOptions {
  readonly tls?: KeyPair;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Refusal(413, 'Payload too large');
    chunks.push(chunk);
  }
  const raw = Buffer.concat(chunks).toString();
  if (raw.trim() === '') return {};
  try {
    const body: unknown = JSON.parse(raw);
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  } catch {
    // Answered as below.
  }
  throw new Refusal(400, 'Problems parsing JSON');
}

/**
 * GitHub as far as a hub uses it, for the machine that cannot reach the real one: REST at `url`, smart HTTP clones of the same
 * bare repositories with the token as password, push hooks. One user ({@link owner}) and one organization ({@link organization}).
 */
export class GithubStandIn {
  /** Base URL of the REST API, as for GitHub Enterprise Server: `<origin>/api/v3`. */
  readonly url: string;
  /** Where repositories are cloned from: `<origin>/<owner>/<name>.git`. */
  readonly origin: string;
  readonly owner = 'octo-fleet';
  readonly organization = 'fleet-org';
  /** A personal access token of {@link owner}. */
  readonly token: string;
  /** Calls so far, as `METHOD /path`, for tests that count what a client costs. */
  readonly calls: string[];
  private readonly forge: Forge;
  private readonly listener: HttpListener;

  private constructor(listener: HttpListener, forge: Forge, calls: string[]) {
    this.listener = listener;
    this.forge = forge;
    this.calls = calls;
    this.origin = listener.url;
    this.url = `${listener.url}${API_PREFIX}`;
    forge.url = listener.url;
    forge.addAccount(this.owner, 'User');
    forge.addAccount(this.organization, 'Organization');
    this.token = this.issueToken();
  }

  static async start(options: GithubStandInOptions = {}): Promise<GithubStandIn> {
    const run = await rigRun();
    const forge = new Forge(run.folder('github'));
    const calls: string[] = [];
    const listener = await listenHttp((request, response) => {
      const path = new URL(request.url ?? '/', 'http://github').pathname;
      const git = GIT_PATH.exec(path);
      if (git !== null) void answerGit(forge, request, response, git);
      else {
        calls.push(`${request.method} ${path}`);
        void answerRest(forge, request, response);
      }
    }, options.tls);
    return new GithubStandIn(listener, forge, calls);
  }

  /** Another token of {@link owner}. */
  issueToken(): string {
    const token = `ghp_${randomBytes(18).toString('hex')}`;
    this.forge.addToken(token, this.owner);
    return token;
  }

  revokeToken(token: string): void {
    this.forge.revokeToken(token);
  }

  cloneUrl(owner: string, name: string): string {
    return `${this.origin}/${owner}/${name}.git`;
  }

  /** Folder of a bare repository that exists. */
  folderOf(owner: string, name: string): string {
    const repository = this.forge.find(owner, name);
    if (repository === undefined) throw new Error(`the stand-in has no repository ${owner}/${name}`);
    return repository.git.folder;
  }

  async stop(): Promise<void> {
    await this.forge.settle();
    await this.listener.close();
    (await rigRun()).removeFolder(this.forge.root);
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.statusCode = status;
  response.setHeader('x-github-media-type', 'github.v3; format=json');
  response.setHeader('x-oauth-scopes', 'repo, admin:repo_hook');
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body));
}

function refusalAnswer(error: unknown): Answer {
  if (!(error instanceof Refusal)) {
    return { status: 500, body: { message: `the stand-in failed: ${error instanceof Error ? error.message : String(error)}` } };
  }
  const errors = error.errors === undefined ? {} : { errors: error.errors };
  return { status: error.status, body: { message: error.message, ...errors, documentation_url: 'https://docs.github.com/rest', status: String(error.status) } };
}

/** Login of the call's token; a token that is not known is refused, also for public repositories. */
function authenticate(forge: Forge, header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const basic = basicCredentials(header);
  const token = basic === undefined ? /^(?:token|bearer) (.+)$/i.exec(header)?.[1] : basic.password || basic.username;
  const login = token === undefined ? undefined : forge.loginOf(token);
  if (login === undefined) throw new Refusal(401, 'Bad credentials');
  return login;
}

async function answerRest(forge: Forge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const login = authenticate(forge, request.headers.authorization);
    const url = new URL(request.url ?? '/', 'http://github');
    const path = url.pathname.startsWith(API_PREFIX) ? url.pathname.slice(API_PREFIX.length) : url.pathname;
    const match = matchRoute(ROUTES, request.method ?? '', path);
    if (match === undefined) throw new Refusal(404, 'Not Found');
    send(response, await match.route.handle({ params: match.params, query: url.searchParams, body: await readBody(request), login, forge }));
  } catch (error) {
    send(response, refusalAnswer(error));
  }
}

function mayRead(forge: Forge, login: string | undefined, repository: Repository): boolean {
  return !repository.private || forge.mayUse(login, repository);
}

async function answerGit(forge: Forge, request: IncomingMessage, response: ServerResponse, match: RegExpExecArray): Promise<void> {
  const [, owner = '', name = '', service = ''] = match;
  const challenge = () => response.writeHead(401, { 'www-authenticate': 'Basic realm="GitHub"' }).end();
  let login: string | undefined;
  try {
    login = authenticate(forge, request.headers.authorization);
  } catch {
    challenge();
    return;
  }
  const repository = forge.find(owner, name);
  const isPush = service === 'git-receive-pack' || (request.url ?? '').includes('service=git-receive-pack');
  const isAllowed = repository !== undefined && (isPush ? forge.mayUse(login, repository) : mayRead(forge, login, repository));
  if (repository === undefined || !isAllowed) {
    if (login === undefined) challenge();
    else response.writeHead(404).end();
    return;
  }
  if (service === 'git-receive-pack') {
    const before = await repository.git.refs();
    response.on('close', () => {
      void repository.git.refs().then((after) => forge.announce(repository, before, after, login ?? ''));
    });
  }
  serveGit(request, response, forge.root, `/${repository.owner.login}/${repository.name}.git/${service}`);
}

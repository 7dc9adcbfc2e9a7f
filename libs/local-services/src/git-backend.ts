import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';

const HEADER_END = '\r\n\r\n';
const MAX_HEADER_BYTES = 16 * 1024;

/** Environment of Git processes that must not read the configuration of whoever runs the tests. */
export function plainGitEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' };
}

/**
 * Answers one smart-HTTP request through `git http-backend` (a CGI program) for the bare repositories below `root`;
 * `path` is the repository's path below it and what follows, such as `/fleet.git/info/refs`.
 */
export function serveGit(request: IncomingMessage, response: ServerResponse, root: string, path: string): void {
  const query = new URL(request.url ?? '/', 'http://git').search.slice(1);
  const header = (name: string) => String(request.headers[name] ?? '');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...plainGitEnvironment(),
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      // With a user named, http-backend lets pushes in; who may push was decided before.
      REMOTE_USER: 'git',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.on('error', () => response.destroy());
  // A client that leaves early takes its backend with it.
  response.on('close', () => backend.kill());
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  const readHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(HEADER_END);
    if (end < 0) {
      if (head.length > MAX_HEADER_BYTES) response.destroy();
      return;
    }
    backend.stdout.off('data', readHead);
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', ...rest] = line.split(': ');
      const value = rest.join(': ');
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + HEADER_END.length));
    backend.stdout.pipe(response);
  };
  backend.stdout.on('data', readHead);
  backend.stdout.on('end', () => response.end());
}

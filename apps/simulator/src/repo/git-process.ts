import { spawn } from 'node:child_process';

/** Longest a Git command may run, and the most it may print. */
const gitTimeoutMs = 60_000;
const outputBytesMax = 256 * 1024 * 1024;

/** A Git command that failed; the message holds the command's name and the end of what it said. */
class GitProcessError extends Error {
  override readonly name = 'GitProcessError';
}

export interface GitOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `git` and gives what it prints. It asks for no password, reads no user configuration and stops after a minute. */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const child = spawn('git', args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      LC_ALL: 'C',
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: gitTimeoutMs,
  });
  const out: Buffer[] = [];
  let bytes = 0;
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > outputBytesMax) child.kill();
    else out.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new GitProcessError(`git ${args[0] ?? ''} failed: ${said.trim() || `exit code ${String(code)}`}`);
  return Buffer.concat(out);
}

import { spawn } from 'node:child_process';
import { FlotillaError } from '@flotilla/contracts';
import { classifyGitFailure } from '../git-errors.js';

const gitTimeoutMs = 60_000;
const gitOutputBytesMax = 64 * 1024 * 1024;
/** Where git and ssh are looked for unless the program says otherwise. */
export const searchPathDefault = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

export interface RunOptions {
  directory: string;
  /** what is being done, for messages */
  action: string;
  environment: Readonly<Record<string, string>>;
  input?: string | Buffer | undefined;
  timeoutMs?: number | undefined;
  /** exit codes that are an answer, beside 0 */
  accept?: readonly number[] | undefined;
  program?: string | undefined;
}

export interface RunResult {
  exitCode: number;
  stdout: Buffer;
}

/** Runs git with nothing but the given environment: no user configuration, no prompts. Bounded in time and output; failures are classified. */
export function runGit(argv: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.program ?? 'git', argv, {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const out: Buffer[] = [];
    let size = 0;
    let stderr = '';
    let failure: FlotillaError | undefined;
    const stop = (error: FlotillaError) => {
      failure ??= error;
      // its transport helpers are children of git: the group ends together
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // gone already
        }
      }
    };
    const timeoutMs = options.timeoutMs ?? gitTimeoutMs;
    const timer = setTimeout(
      () =>
        stop(
          new FlotillaError('git-unreachable', `${options.action}: no answer within ${timeoutMs / 1000} s; check the network and the size of the repository`),
        ),
      timeoutMs,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > gitOutputBytesMax)
        stop(new FlotillaError('git-unreachable', `${options.action}: more than ${gitOutputBytesMax} bytes of output`, { retryable: false }));
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < 64 * 1024) stderr += chunk.toString('utf8');
    });
    child.stdin.on('error', () => undefined); // a process that ended early says why by its exit
    child.stdin.end(options.input ?? '');
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new FlotillaError('internal', `${options.action}: git cannot be started (${error.message}); install git on the machine`, { cause: error }));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (failure) return reject(failure);
      const exitCode = code ?? 1;
      if (exitCode !== 0 && !options.accept?.includes(exitCode)) return reject(classifyGitFailure(options.action, stderr));
      return resolve({ exitCode, stdout: Buffer.concat(out) });
    });
  });
}

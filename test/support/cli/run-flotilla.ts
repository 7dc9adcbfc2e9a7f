import { HubClient } from '@flotilla/api-client';
import type { Context, ProgramResult } from '../../../apps/cli/src/context.js';
import { runCli } from '../../../apps/cli/src/program.js';
import { now } from './builders.js';

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface RunOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly answer?: string;
  readonly columns?: number;
  readonly programs?: (program: string, args: readonly string[], env: Readonly<Record<string, string>>) => Partial<ProgramResult>;
  readonly gitToken?: string | undefined;
  /** API token, for a real hub */
  readonly token?: string;
  /** how long each wait really takes, where somebody else is to do something meanwhile */
  readonly waitMs?: number;
}

/** Runs a command line in process against a hub. Sleeping moves the clock on and takes no time. */
export async function flotilla(url: string | undefined, argv: readonly string[], options: RunOptions = {}): Promise<Run> {
  const token = options.token ?? 'flt_test';
  let stdout = '';
  let stderr = '';
  let time = Date.parse(now);
  const context: Context = {
    config: {
      url,
      token,
      caFile: undefined,
      color: false,
      gitTokens: { github: options.gitToken, gitea: options.gitToken, git: options.gitToken },
    },
    stdout: { write: (text) => (stdout += text), ...(options.columns === undefined ? {} : { isTTY: true, columns: options.columns }) },
    stderr: { write: (text) => (stderr += text) },
    now: () => new Date(time),
    sleep: (ms) => {
      time += ms;
      return new Promise((resolve) => setTimeout(resolve, options.waitMs ?? 0));
    },
    readFile: (path) => {
      const content = options.files?.[path];
      return content === undefined ? Promise.reject(new Error('no such file')) : Promise.resolve(content);
    },
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    ask: () => Promise.resolve(options.answer),
    run: (program, args, { env = {} } = {}) => Promise.resolve({ code: 0, stdout: '', stderr: '', ...options.programs?.(program, args, env) }),
    client: () => (url === undefined ? Promise.reject(new Error('no hub')) : Promise.resolve(new HubClient({ url, token }))),
  };
  const code = await runCli(argv, context);
  return { code, stdout, stderr };
}

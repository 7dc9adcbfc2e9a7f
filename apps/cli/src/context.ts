import type { HubClient } from '@flotilla/api-client';
import { type CliConfig, programEnvironment } from './cli.config.js';
import { CliError, exitCodes } from './exit-codes.js';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What running a local program gave. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Everything a command touches outside itself, so that tests run commands in process. */
export interface Context {
  readonly config: CliConfig;
  readonly stdout: Output;
  readonly stderr: Output;
  now(): Date;
  sleep(ms: number): Promise<void>;
  readFile(path: string): Promise<string>;
  /** all of standard input */
  readStdin(): Promise<string>;
  /** one line typed by a person; undefined where nobody sits at a terminal */
  ask(question: string): Promise<string | undefined>;
  run(program: string, args: readonly string[], options?: { env?: Readonly<Record<string, string>>; input?: string }): Promise<ProgramResult>;
  client(): Promise<HubClient>;
}

const programTimeoutMs = 60_000;

/** The context of the real command line. */
export function processContext(config: CliConfig): Context {
  return {
    config,
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => new Date(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    readFile: async (path) => (await import('node:fs/promises')).readFile(path, 'utf8'),
    readStdin: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
      return Buffer.concat(chunks).toString('utf8');
    },
    ask: async (question) => {
      if (!process.stdin.isTTY) return undefined;
      const { createInterface } = await import('node:readline/promises');
      const terminal = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await terminal.question(question);
      } finally {
        terminal.close();
      }
    },
    run: runProgram,
    client: () => connect(config),
  };
}

async function connect(config: CliConfig): Promise<HubClient> {
  if (config.url === undefined) throw new CliError(exitCodes.usage, 'no hub is known: set FLOTILLA_URL and FLOTILLA_TOKEN, or run this where npm start runs');
  if (config.token === undefined)
    throw new CliError(exitCodes.usage, `no API token for ${config.url}: set FLOTILLA_TOKEN (an admin makes one with: flotilla create token NAME)`);
  if (config.caFile !== undefined) await trust(config.caFile);
  const { HubClient } = await import('@flotilla/api-client');
  return new HubClient({ url: config.url, token: config.token, headers: { 'user-agent': 'flotilla-cli' } });
}

async function trust(caFile: string): Promise<void> {
  const tls = await import('node:tls');
  if (typeof tls.setDefaultCACertificates !== 'function')
    throw new CliError(exitCodes.error, 'FLOTILLA_CA needs Node 22.19, 24.5 or newer; with an older one set NODE_EXTRA_CA_CERTS');
  const { readFile } = await import('node:fs/promises');
  const pem = await readFile(caFile, 'utf8').catch((cause: unknown) => {
    throw new CliError(exitCodes.usage, `cannot read FLOTILLA_CA ${caFile} (${cause instanceof Error ? cause.message : String(cause)})`);
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), pem]);
}

async function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<ProgramResult> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: programTimeoutMs, stdio: ['pipe', 'pipe', 'pipe'], env: programEnvironment(options.env) });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (cause) => reject(new CliError(exitCodes.error, `cannot run ${program} (${cause.message}); is it installed and on PATH?`)));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClusterResponse } from '@flotilla/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseCredentials } from '../../apps/launcher/src/data-folder.js';
import { isRunning, type ProcessIdentity } from '../../libs/local-services/src/process-identity.js';
import { runCommand } from '../rig/command.js';
import { freePort } from '../rig/ports.js';
import { cleanLeftovers } from '../rig/rig-run.js';
import { waitFor } from '../rig/wait-for.js';

const ROOT = resolve(import.meta.dirname, '..', '..');
const READY_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 60_000;
const LAST_LINE = /^Ctrl-C ends everything/m;
/** Two control planes of five processes, their Flux and agents, Postgres, hub, worker, Gitea. */
const PROCESSES = 2 * (5 + 4 + 1) + 4;
/** As many as a start has when it is under way. */
const HALF_STARTED = 4;

interface RecordedProcess extends ProcessIdentity {
  readonly name: string;
}

/** `npm run start:real`, as a person would run it in a terminal. */
describe('start:real', () => {
  let state: string;
  let port: number;
  let terminal: ChildProcess | undefined;
  let output: string;
  let errors: string;

  beforeEach(async () => {
    state = mkdtempSync(join(tmpdir(), 'flotilla-start-real-'));
    vi.stubEnv('FLOTILLA_RIG_STATE', state);
    port = await freePort();
  });

  afterEach(async () => {
    if (terminal?.exitCode === null && terminal.signalCode === null) signalTerminal('SIGKILL');
    await waitFor('the terminal to be free', () => terminal?.exitCode !== null || terminal.signalCode !== null);
    await cleanLeftovers();
    vi.unstubAllEnvs();
    rmSync(state, { recursive: true, force: true });
  });

  function start(): void {
    [output, errors] = ['', ''];
    const env = { ...process.env, PORT: String(port), NODE_ENV: undefined };
    const child = spawn('npm', ['run', '--silent', 'start:real'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    terminal = child;
  }

  /** A terminal's signal reaches every process of its foreground group. */
  function signalTerminal(signal: NodeJS.Signals): void {
    if (terminal?.pid !== undefined) process.kill(-terminal.pid, signal);
  }

  async function ended(): Promise<number | null> {
    await waitFor('the end', () => terminal?.exitCode !== null || terminal.signalCode !== null, { timeoutMs: STOP_TIMEOUT_MS });
    return terminal?.exitCode ?? null;
  }

  function recorded(): RecordedProcess[] {
    const runs = readdirSync(state).filter((name) => /^run-.*\.json$/.test(name));
    return runs.flatMap((name) => (JSON.parse(readFileSync(join(state, name), 'utf8')) as { processes: RecordedProcess[] }).processes);
  }

  function expectNothingLeft(processes: readonly RecordedProcess[]): void {
    expect(processes.filter(isRunning).map(({ name }) => name)).toEqual([]);
    expect(readdirSync(state)).toEqual([]);
  }

  it('brings two real clusters to one commit, lets a person in, and leaves nothing behind at Ctrl-C', async () => {
    start();
    await waitFor('the invitation', () => LAST_LINE.test(output) || terminal?.exitCode !== null, { timeoutMs: READY_TIMEOUT_MS });
    if (!LAST_LINE.test(output)) throw new Error(`it ended with ${terminal?.exitCode}: ${errors}`);
    process.stdout.write(`${/^everything runs after .*$/m.exec(errors)?.[0]}\n`);
    const url = /^Console: (\S+)$/m.exec(output)?.[1] ?? '';
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(await (await fetch(url)).text()).toContain('<div id="root">');

    const login = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: parseCredentials(output)?.password }),
    });
    expect(login.status).toBe(201);
    const cookie = login.headers.getSetCookie().map((header) => header.split(';')[0]);
    const answer = await fetch(`${url}/api/v1/clusters`, { headers: { cookie: cookie.join('; ') } });
    const { items } = (await answer.json()) as { items: ClusterResponse[] };
    const [, good = 'none'] = /rollback .*--to ([0-9a-f]{40}) /.exec(output) ?? [];
    expect(items.map(({ name, state: shown, revision }) => ({ name, shown, revision }))).toEqual(
      ['production', 'staging'].map((name) => ({ name, shown: 'ready', revision: `main@sha1:${good}` })),
    );

    const remote = await runCommand('git', ['ls-remote', /^Fleet repo: (\S+)$/m.exec(output)?.[1] ?? '', 'refs/heads/main']);
    expect(remote.stdout.toString()).toContain(good);
    const processes = recorded();
    expect(processes).toHaveLength(PROCESSES);
    expect(processes.every(isRunning)).toBe(true);

    signalTerminal('SIGINT');
    expect(await ended()).toBe(0);
    expectNothingLeft(processes);
  });

  it('ends what a killed run left, and what is half started at Ctrl-C', async () => {
    start();
    await waitFor('the hub of a run', async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, { timeoutMs: READY_TIMEOUT_MS });
    const killed = recorded();
    signalTerminal('SIGKILL');
    await ended();
    expect(killed.filter(isRunning).map(({ name }) => name)).toContain('product/hub');

    start();
    const halfStarted = await waitFor(
      'the first processes of the next run',
      () => {
        const found = recorded().filter(({ pid }) => killed.every((one) => one.pid !== pid));
        return found.length >= HALF_STARTED && found;
      },
      { timeoutMs: READY_TIMEOUT_MS, everyMs: 20 },
    );
    expect(killed.filter(isRunning)).toEqual([]);
    signalTerminal('SIGINT');
    expect(await ended()).toBe(0);
    expectNothingLeft(halfStarted);
    expect(output).not.toMatch(LAST_LINE);
  });

  it('names a port that is taken, and starts nothing', async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(port, '127.0.0.1', listening));
    try {
      start();
      expect(await ended()).toBe(1);
    } finally {
      taken.close();
    }
    expect(errors).toContain(`port ${port} is taken`);
    expect(errors).toContain(`PORT=${port + 1} npm run start:real`);
    expectNothingLeft([]);
  });
});

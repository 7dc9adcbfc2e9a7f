import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isRunning, type ProcessIdentity } from '@flotilla/local-services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

type Recorded = ProcessIdentity & { name: string };

describe('a start that is given up', () => {
  let directory: string;
  let launcher: ChildProcess;
  let said: string;
  let ended: Promise<number | null>;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flotilla-launcher-test-'));
    said = '';
    launcher = spawn('node', ['apps/launcher/dist/main.js'], {
      env: { ...process.env, PORT: String(await freePort()), DATABASE_URL: '', FLOTILLA_DATA_DIR: join(directory, 'data'), FLOTILLA_OPEN: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [launcher.stdout, launcher.stderr]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    ended = new Promise((resolve) => launcher.once('exit', resolve));
  });
  afterEach(async () => {
    launcher.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  /** What the launcher runs once it has started the hub, which is then far from ready. */
  function programs(): Promise<Recorded[]> {
    const file = join(directory, 'data', 'processes.json');
    return vi.waitFor(
      () => {
        const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded[];
        expect(recorded.map(({ name }) => name)).toEqual(['launcher', 'worker', 'hub']);
        return recorded;
      },
      { timeout: 90_000, interval: 10 },
    );
  }

  it('stops the hub and Postgres when the worker dies, and says why', async () => {
    const recorded = await programs();
    const worker = recorded.find(({ name }) => name === 'worker');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    expect(await ended).toBe(1);
    expect(said).toContain('worker ended unexpectedly');
    expect(said).not.toContain('Token:');
    expect(recorded.filter((program) => isRunning(program))).toEqual([]);
    expect(existsSync(join(directory, 'data', 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it('stops them at a signal too', async () => {
    const recorded = await programs();
    launcher.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(recorded.filter((program) => isRunning(program))).toEqual([]);
    expect(existsSync(join(directory, 'data', 'postgres', 'postmaster.pid'))).toBe(false);
  });
});

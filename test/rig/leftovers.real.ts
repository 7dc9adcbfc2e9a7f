import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { identify, isRunning, type ProcessIdentity } from '../../libs/local-services/src/process-identity.js';
import { cleanLeftovers } from './rig-run.js';
import { waitFor } from './wait-for.js';

/** A run in a process of its own: it starts two sleepers, says who they are, and waits to be killed. */
const OWNER = `
import { rigRun } from ${JSON.stringify(join(import.meta.dirname, 'rig-run.ts'))};
const run = await rigRun();
const folder = run.folder('state');
const sleepers = [1, 2].map((n) => run.spawn('sleeper-' + n, 'sleep', ['600'], { log: folder + '/log' }));
process.stdout.write(JSON.stringify({ folder, sleepers: sleepers.map(({ identity }) => identity) }));
setInterval(() => undefined, 1000);
`;

interface Started {
  readonly folder: string;
  readonly sleepers: readonly ProcessIdentity[];
}

describe('what a killed run leaves', () => {
  let state: string;
  let elsewhere: string[];

  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'flotilla-leftovers-'));
    elsewhere = [];
    vi.stubEnv('FLOTILLA_RIG_STATE', state);
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    for (const folder of [state, ...elsewhere]) rmSync(folder, { recursive: true, force: true });
  });

  async function killedRun(): Promise<Started> {
    const script = join(state, 'owner.mjs');
    writeFileSync(script, OWNER);
    const owner = spawn(process.execPath, ['--import', join(import.meta.dirname, 'ts-imports.mjs'), script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    owner.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const started = await waitFor('the run to start', () => (output === '' ? undefined : (JSON.parse(output) as Started)), { timeoutMs: 20_000 });
    expect(started.sleepers.map(isRunning)).toEqual([true, true]);
    const gone = new Promise((resolve) => owner.once('exit', resolve));
    owner.kill('SIGKILL');
    await gone;
    return started;
  }

  it('is ended by the next run, with its folders', async () => {
    const { folder, sleepers } = await killedRun();
    expect(sleepers.map(isRunning)).toEqual([true, true]);
    expect((await cleanLeftovers()).sort()).toEqual(['sleeper-1', 'sleeper-2']);
    expect(sleepers.map(isRunning)).toEqual([false, false]);
    expect(readdirSync(state).filter((name) => name !== 'owner.mjs')).toEqual([]);
    expect(() => readdirSync(folder)).toThrow();
  });

  it('is left alone where a recorded id now belongs to another process', async () => {
    const { sleepers } = await killedRun();
    const record = readdirSync(state).find((name) => name.startsWith('run-')) ?? '';
    const text = readFileSync(join(state, record), 'utf8');
    // The same ids, but started at another time: what a reused id looks like.
    writeFileSync(join(state, record), text.replaceAll(/"startTime":"([^"]+)"/g, '"startTime":"$1-before"'));
    expect(await cleanLeftovers()).toEqual([]);
    expect(sleepers.map(isRunning)).toEqual([true, true]);
    for (const { pid } of sleepers) process.kill(pid, 'SIGKILL');
  });

  it('is left alone while its run lives, and nothing outside the state folder is removed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-elsewhere-'));
    elsewhere.push(folder);
    mkdirSync(join(folder, 'kept'));
    writeFileSync(join(state, 'run-1-1.json'), JSON.stringify({ owner: identify(process.pid), processes: [identify(process.pid)], folders: [folder] }));
    expect(await cleanLeftovers()).toEqual([]);
    writeFileSync(join(state, 'run-1-1.json'), JSON.stringify({ owner: { pid: process.pid, startTime: 'another' }, processes: [], folders: [folder] }));
    expect(await cleanLeftovers()).toEqual([]);
    expect(readdirSync(folder)).toEqual(['kept']);
  });
});

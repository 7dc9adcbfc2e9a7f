import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubClient } from '@flotilla/api-client';
import type { ClusterResponse } from '@flotilla/contracts';
import { freePort } from '@flotilla/local-services';
import { git } from '@flotilla/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDocument, root, shellLines } from '../support/docs-commands.js';

const clusters = 24;
/** From the start of the launcher to a console with every cluster ready. */
const readyMs = 60_000;
/** The lines of the README's tour, and what each must show: its exit code and its words, after a moment where it is `soon`. */
const tour = shellLines(readDocument('README.md'), 'Five-minute tour');
const shown: [RegExp, { code: number; says: RegExp; soon?: true }][] = [
  [/get clusters$/, { code: 0, says: /(\S+-\S+ +ready .*\n){24}/ }],
  [/demo:break$/, { code: 0, says: /[0-9a-f]{7}/ }],
  [/get alerts$/, { code: 0, says: /payments/, soon: true }],
  [/ explain /, { code: 4, says: /stage-eu-west-1: not at[^]*payments[^]*do: /, soon: true }],
  [/ rollback --selector /, { code: 0, says: /rollback 1 is held/ }],
  [/get rollbacks$/, { code: 0, says: /held .*payments never becomes healthy/ }],
  [/ rollback --lift /, { code: 0, says: /lift/ }],
  [/ audit verify$/, { code: 0, says: /\d+ entries, head/ }],
];
const lifts = tour.findIndex((line) => line.includes('--lift'));
const started: ChildProcess[] = [];

/** `npm start` without its npm: Postgres, hub, worker and a simulated fleet, from the built programs. */
describe('the demo, from first start to rollback', () => {
  let directory: string;
  let port: number;
  let hub: HubClient;
  let access: { url: string; token: string };
  let good: string;
  let startedAt: number;

  beforeAll(async () => {
    // below /tmp, where Postgres' own user can go when the tests run as root
    directory = await mkdtemp(join(tmpdir(), 'flotilla-demo-test-'));
    port = await freePort();
    await symlink('data', join(directory, '.flotilla'));
    hub = await start();
  });
  afterAll(async () => {
    for (const child of started) await stop(child);
    await rm(directory, { recursive: true, force: true });
  });

  async function start(): Promise<HubClient> {
    const child = spawn('node', ['apps/launcher/dist/main.js'], {
      env: {
        ...process.env,
        PORT: String(port),
        DATABASE_URL: '',
        FLOTILLA_DATA_DIR: join(directory, 'data'),
        FLOTILLA_SIM_CLUSTERS: String(clusters),
        FLOTILLA_OPEN: 'false',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    startedAt = Date.now();
    const token = await until('the token to be printed', () => /^Token: (\S+)/m.exec(output)?.[1], readyMs);
    access = { url: `http://127.0.0.1:${port}`, token };
    return new HubClient(access);
  }

  /** Types a line of the tour as the README says, where `.flotilla` is the demo's; `npm` means the one of this checkout. */
  async function walk(line: string): Promise<void> {
    const expected = shown.find(([pattern]) => pattern.test(line))?.[1];
    if (!expected) throw new Error(`nothing says what the line of the tour must show: ${line}`);
    const attempt = async (): Promise<boolean> => {
      const { code, output } = await shell(line);
      const right = code === expected.code && expected.says.test(output);
      if (!right) throw new Error(`${line} ended with ${code}: ${output}`);
      return true;
    };
    await (expected.soon ? until(line, attempt) : attempt());
  }
  function shell(line: string): Promise<{ code: number; output: string }> {
    const env = { ...process.env, FLOTILLA_URL: access.url, FLOTILLA_TOKEN: access.token, FLOTILLA_DATA_DIR: join(directory, 'data') };
    return new Promise((resolve) => {
      const script = `npm() { command npm --prefix '${root}' "$@"; }\n${line}`;
      execFile('sh', ['-c', script], { cwd: directory, env, timeout: 120_000 }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr }),
      );
    });
  }

  async function fleet(selector?: string): Promise<ClusterResponse[]> {
    const found: ClusterResponse[] = [];
    for await (const cluster of hub.clusters.all({ selector })) found.push(cluster);
    return found;
  }
  const head = async (): Promise<string> =>
    (await git(['rev-parse', 'refs/heads/main'], { cwd: join(directory, 'data', 'git', 'fleet.git') })).toString('utf8').trim();

  it('registers and joins every cluster and reports all ready at the head of the fleet repo', async () => {
    // the repo is there once the token is printed
    good = await head();
    const allReady = async (): Promise<ClusterResponse[] | false> => {
      const all = await fleet();
      return all.length === clusters && all.every(({ state, revision }) => state === 'ready' && revision === `main@sha1:${good}`) && all;
    };
    const found = await until('all clusters to be ready', allReady, readyMs - (Date.now() - startedAt));
    process.stdout.write(`${clusters} clusters ready ${((Date.now() - startedAt) / 1000).toFixed(1)} s after the start\n`);
    expect(found.map(({ agent }) => agent?.fluxVersion)).toEqual(Array.from({ length: clusters }, () => 'v2.9.4'));
    expect(found.every(({ counts }) => counts.objects === 9 && counts.ready === 9)).toBe(true);
  });

  it('is what the README’s tour says, line by line, to the rollback', { timeout: 300_000 }, async () => {
    const undo = tour.findIndex((line) => line.includes('rollback --selector'));
    for (const line of tour.slice(0, undo)) await walk(line);
    expect(await head()).not.toBe(good);
    await until('the failure to be seen', async () =>
      (await fleet()).every(
        ({ state, stateReason }) => state === 'failing' && /Kustomization\/flux-system\/payments, health: .*Deployment\/shop\/payments/.test(stateReason),
      ),
    );
    for (const line of tour.slice(undo, lifts)) await walk(line);
    const back = await until('the ring to be ready', async () => {
      const ring = await fleet('ring=canary');
      return ring.length > 0 && ring.every(({ state, revision }) => state === 'ready' && revision === `fleet/1@sha1:${good}`) && ring;
    });
    expect(back.every(({ divergences }) => divergences.length === 1)).toBe(true);
  });

  it('is the same fleet after the launcher was killed: same agents, still rolled back', async () => {
    const before = await fleet();
    expect(before).toHaveLength(clusters);
    const [first] = started;
    if (first) await stop(first, 'SIGKILL');
    hub = await start();
    const after = await until('all agents to be back', async () => {
      const all = await fleet();
      return all.length === before.length && all.every(({ agent, state }) => agent?.connected && state !== 'unknown') && all;
    });
    expect(after.map(({ id, agent }) => [id, agent?.incarnation, agent?.clusterUid])).toEqual(
      before.map(({ id, agent }) => [id, agent?.incarnation, agent?.clusterUid]),
    );
    expect(after.map(({ revision }) => revision)).toEqual(before.map(({ revision }) => revision));
  });

  it('is what the tour says, from the lift to its end', { timeout: 300_000 }, async () => {
    for (const line of tour.slice(lifts)) await walk(line);
    await until('the rollback to be lifted', async () => (await hub.rollbacks.list({ open: true })).items.length === 0);
  });
});

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

async function until<T>(what: string, condition: () => Promise<T | false | undefined> | T | false | undefined, timeoutMs = 60_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let failure: unknown;
  for (;;) {
    try {
      const found = await condition();
      if (found !== false && found !== undefined) return found;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${what} after ${timeoutMs} ms`, { cause: failure });
    await sleep(250);
  }
}

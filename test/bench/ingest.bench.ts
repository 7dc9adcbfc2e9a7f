/**
 * Durable acked deltas a second of one hub, as a ratio to what pgbench upserts on the same server in the same run. Everything is on: assertions, fencing,
 * sequence checks, rollups, ledger, fsync. The load runs on the same cores, with the agent's own connection and outbox code.
 * `npm run bench:ingest` (`-- --connections 200 --seconds 5` for a quick look).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { migrate } from '@flotilla/database';
import { migrateJobs } from '@flotilla/jobs';
import { PostgresServer } from '@flotilla/local-services';
import { LoadFleet } from '@flotilla/simulator';
import pg from 'pg';
import { agentImageArguments } from '../support/agent-image.js';
import { CpuProfiler, type ProfileShare } from './cpu-profile.js';
import { batchUpsertRate, findPgbench, prepareSql } from './pgbench.js';
import { startKubeStandIn } from './kube-stand-in.js';

const { values } = parseArgs({
  options: { connections: { type: 'string', default: '1000' }, objects: { type: 'string', default: '30' }, seconds: { type: 'string', default: '10' } },
});
const connections = Number(values.connections);
const objects = Number(values.objects);
const seconds = Number(values.seconds);
const startTimeoutMs = 60_000;
const loadTimeoutMs = 300_000;
/** objects each connection has under way; a frame carries them together */
const underWay = 10;
const settleMs = 10_000;
const sharesShown = 12;
const token = `flt_${'b'.repeat(43)}`;

const program = findPgbench();
if (!program) {
  console.error('bench:ingest compares with pgbench, which is not installed: apt-get install postgresql (or postgresql-contrib)');
  process.exit(1);
}
const folder = mkdtempSync(path.join(os.tmpdir(), 'flotilla-bench-'));
// root runs Postgres as another account, which must reach the folder
chmodSync(folder, 0o711);
const server = await PostgresServer.start({ directory: path.join(folder, 'data'), settings: { shared_buffers: '512MB', max_wal_size: '2GB' } });
let hub: ChildProcess | undefined;
let fleet: LoadFleet | undefined;
try {
  await server.createDatabase('flotilla');
  const databaseUrl = server.url('flotilla');
  await migrate(databaseUrl, path.resolve('prisma/migrations'), migrateJobs);
  const hubUrl = await startHub(databaseUrl);
  const joinTokens = await registerClusters(hubUrl);
  const started = performance.now();
  fleet = await LoadFleet.start(
    {
      hubUrl,
      joinTokens,
      objectsPerCluster: objects,
      sameRevision: true,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    },
    loadTimeoutMs,
  );
  console.log(
    `${fleet.connections} agents enrolled and connected, ${connections * objects} objects stored: ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );

  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(prepareSql);
  await client.end();
  await fleet.saturate(underWay, 3_000, loadTimeoutMs);

  const ceilings = [await batchUpsertRate(program, databaseUrl, connections * objects, seconds)];
  const before = cpuUse();
  const status = await fleet.saturate(underWay, seconds * 1000, loadTimeoutMs);
  const after = cpuUse();
  const rss = residentMiB(hub?.pid);
  ceilings.push(await batchUpsertRate(program, databaseUrl, connections * objects, seconds));
  fleet.sameRevision = false;
  const rollout = await fleet.saturate(underWay, seconds * 1000, loadTimeoutMs);
  fleet.sameRevision = true;

  const ceiling = ceilings.reduce((sum, rate) => sum + rate, 0) / ceilings.length;
  console.log(`pgbench batch upsert (before and after): ${ceilings.map((rate) => rate.toFixed(0)).join(' and ')} rows/s`);
  report('status changes', status, ceiling);
  report('every change a new revision (ledger opens and closes)', rollout, ceiling);
  const cores = (who: 'hub' | 'postgres' | 'load'): string => ((after[who] - before[who]) / status.seconds).toFixed(2);
  console.log(`cores while status changed: hub ${cores('hub')}, Postgres ${cores('postgres')}, load ${cores('load')}`);
  console.log(`hub: RSS ${rss} MiB with ${connections} connections`);
  // a pass of its own, since sampling costs
  if (hub) await profile(hub, fleet);
  await fleet.close();
  fleet = undefined;
  for (const count of [objects, 1_000]) console.log(`agent: RSS ${await agentRss(hubUrl, count)} MiB following ${count} objects (as its image starts it)`);
  console.log(`load: RSS ${residentMiB(process.pid)} MiB for ${connections} agent connections in one process`);
} finally {
  await fleet?.close();
  if (hub && hub.exitCode === null) {
    const gone = new Promise((resolve) => hub?.on('exit', resolve));
    hub.kill('SIGTERM');
    await Promise.race([gone, sleep(15_000)]);
  }
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/** Memory of the agent as it ships, settled, with `count` objects delivered. */
async function agentRss(hubUrl: string, count: number): Promise<number> {
  const built = spawnSync('npm', ['run', '--silent', 'build:agent'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the agent was not built: ${built.stderr}`);
  const own = path.join(folder, `agent-${count}`);
  const kube = await startKubeStandIn(own, count);
  const name = `agent-${count}`;
  await post(hubUrl, '/clusters', { name });
  const { token: joinToken = '' } = await post(hubUrl, `/clusters/${name}/join-tokens`, {});
  const agent = spawn(process.execPath, agentImageArguments(), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      FLOTILLA_HUB_URL: hubUrl,
      FLOTILLA_JOIN_TOKEN: joinToken,
      FLOTILLA_KUBECONFIG: kube.kubeconfig,
      FLOTILLA_AGENT_IDENTITY_DIR: path.join(own, 'identity'),
    },
  });
  try {
    const deadline = Date.now() + startTimeoutMs;
    for (;;) {
      const answer = await fetch(`${hubUrl}/api/v1/clusters/${name}`, { headers: { authorization: `Bearer ${token}` } });
      const cluster = (await answer.json()) as { counts: { objects: number } };
      if (cluster.counts.objects === count) break;
      if (Date.now() > deadline || agent.exitCode !== null) throw new Error(`the agent did not deliver ${count} objects`);
      await sleep(200);
    }
    await sleep(settleMs);
    return residentMiB(agent.pid);
  } finally {
    agent.kill('SIGKILL');
    kube.close();
  }
}

async function post(hubUrl: string, route: string, body: object): Promise<{ token?: string }> {
  const answer = await fetch(`${hubUrl}/api/v1${route}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${route}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { token?: string };
}

function report(title: string, result: Awaited<ReturnType<LoadFleet['saturate']>>, ceiling: number): void {
  const rate = result.acked / result.seconds;
  console.log(
    `${title}: ${rate.toFixed(0)} durable acked deltas/s, ${(rate / ceiling).toFixed(3)} of pgbench; ack p50 ${result.ackP50Ms.toFixed(1)} ms, p99 ${result.ackP99Ms.toFixed(1)} ms`,
  );
}

async function startHub(databaseUrl: string): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  hub = spawn(process.execPath, ['--inspect-port=127.0.0.1:0', 'apps/hub/dist/main.js'], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      FLOTILLA_PUBLIC_URL: url,
      FLOTILLA_SECRET_KEY: randomBytes(32).toString('base64'),
      FLOTILLA_ADMIN_TOKEN: token,
      FLOTILLA_LOG_LEVEL: 'warn',
    },
  });
  hub.stderr?.pipe(process.stderr);
  const deadline = Date.now() + startTimeoutMs;
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return url;
    if (Date.now() > deadline || hub.exitCode !== null) throw new Error('the hub did not start');
    await sleep(100);
  }
}

async function registerClusters(hubUrl: string): Promise<string[]> {
  const tokens: string[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < connections) {
        const name = `load-${next}`;
        next += 1;
        await post(hubUrl, '/clusters', { name });
        const made = await post(hubUrl, `/clusters/${name}/join-tokens`, {});
        if (made.token) tokens.push(made.token);
      }
    }),
  );
  return tokens;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

/** Prints where the hub's own time goes while status changes. */
async function profile(child: ChildProcess, load: LoadFleet): Promise<void> {
  const profiler = await CpuProfiler.attach(child);
  await profiler.start();
  await load.saturate(underWay, seconds * 1000, loadTimeoutMs);
  const { busy, packages, functions } = await profiler.stop();
  const show = (shares: readonly ProfileShare[]): string =>
    shares
      .slice(0, sharesShown)
      .map(({ name, self }) => `  ${(100 * self).toFixed(1).padStart(5)} %  ${name}`)
      .join('\n');
  console.log(`profile of the hub while status changed (${(100 * busy).toFixed(0)} % busy), self time by package:\n${show(packages)}`);
  console.log(`by function:\n${show(functions)}`);
}

/** CPU seconds used so far by the hub, by Postgres with its connections (also those that ended), and by this process. */
function cpuUse(): Record<'hub' | 'postgres' | 'load', number> {
  const { user, system } = process.cpuUsage();
  const postgres = cpuSeconds(server.pid, true) + childrenOf(server.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  return { hub: cpuSeconds(hub?.pid), postgres, load: (user + system) / 1e6 };
}

/** `withEnded`: also of its children that ended. */
function cpuSeconds(pid: number | null | undefined, withEnded = false): number {
  const fields = pid ? (statOf(String(pid)) ?? []) : [];
  // utime, stime, cutime, cstime of proc_pid_stat(5), in ticks of 10 ms
  const ticks = fields.slice(11, withEnded ? 15 : 13);
  return ticks.reduce((sum, field) => sum + Number(field), 0) / 100;
}

function childrenOf(pid: number | null): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.[1] === String(pid))
    .map(Number);
}

/** Fields of /proc/PID/stat after the command's name, from the state on; null: the process is gone. */
function statOf(pid: string): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? null;
  } catch {
    return null;
  }
}

function residentMiB(pid: number | undefined): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib) / 1024);
}

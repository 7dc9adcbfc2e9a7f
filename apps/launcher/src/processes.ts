import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '@flotilla/local-services';
import { type DataFolder, LauncherError } from './data-folder.js';

const stopTimeoutMs = 20_000;
const logTailLines = 12;

interface Recorded extends ProcessIdentity {
  name: string;
}

/**
 * The programs of one `npm start`, recorded with their start times, so that the next start ends what a killed launcher left, and nothing else.
 * Each runs in a session of its own: a terminal's Ctrl-C reaches only the launcher, which stops them in order.
 */
export class Processes {
  private running: Recorded[] = [];

  constructor(
    private readonly folder: DataFolder,
    private readonly onExit: (name: string, how: string) => void,
  ) {}

  private get file(): string {
    return this.folder.at('processes.json');
  }

  /** Ends what an earlier launcher left. @throws LauncherError when that launcher still runs */
  async clear(): Promise<void> {
    const recorded = existsSync(this.file) ? (JSON.parse(readFileSync(this.file, 'utf8')) as Recorded[]) : [];
    const alive = recorded.filter((process) => isRunning(process));
    const launcher = alive.find((process) => process.name === 'launcher');
    if (launcher)
      throw new LauncherError(
        `Flotilla already runs from ${this.folder.root} (process ${launcher.pid}); stop it with Ctrl-C there, or use another FLOTILLA_DATA_DIR and PORT`,
      );
    for (const process of alive.reverse()) await end(process);
    const own = identify(process.pid);
    this.running = own ? [{ name: 'launcher', ...own }] : [];
    this.save();
  }

  /** Starts a program; its output goes to `logs/<name>.log`. */
  start(name: string, args: readonly string[], env: Record<string, string>): void {
    const log = openSync(this.logOf(name), 'a', 0o600);
    const child = spawn(process.execPath, [...args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: process.env['LANG'], ...env },
    });
    closeSync(log);
    child.once('error', (error) => this.onExit(name, `not started: ${error.message}`));
    child.once('exit', (code, killedBy) => {
      this.running = this.running.filter((known) => known.pid !== child.pid);
      this.onExit(name, killedBy ? `killed by ${killedBy}` : `exit code ${code}`);
    });
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity) this.running.push({ name, ...identity });
    this.save();
  }

  /** Runs a program to its end. @throws LauncherError with the end of its log */
  async finish(name: string, args: readonly string[], env: Record<string, string>): Promise<void> {
    const log = openSync(this.logOf(name), 'a', 0o600);
    const child = spawn(process.execPath, [...args], { stdio: ['ignore', log, log], env: { PATH: process.env['PATH'], ...env } });
    closeSync(log);
    const code = await new Promise<number | null>((resolve) => {
      child.once('exit', resolve);
      child.once('error', () => resolve(null));
    });
    if (code !== 0) throw new LauncherError(`${name} failed:\n${this.tail(name)}`);
  }

  /** Asks a program to stop and waits for it; kills it when it does not. */
  async stop(name: string): Promise<void> {
    const known = this.running.find((process) => process.name === name);
    if (known) await end(known);
  }

  /** Forgets the launcher itself: everything is stopped. */
  release(): void {
    this.running = [];
    this.save();
  }

  logOf(name: string): string {
    return this.folder.at('logs', `${name}.log`);
  }

  tail(name: string): string {
    return existsSync(this.logOf(name)) ? readFileSync(this.logOf(name), 'utf8').trimEnd().split('\n').slice(-logTailLines).join('\n') : 'no output';
  }

  private save(): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(this.running), { mode: 0o600 });
    renameSync(`${this.file}.new`, this.file);
  }
}

async function end(identity: ProcessIdentity): Promise<void> {
  signal(identity, 'SIGTERM');
  const deadline = Date.now() + stopTimeoutMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) {
      signal(identity, 'SIGKILL');
      return;
    }
    await delay(50);
  }
}

function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(identity.pid, name);
  } catch {
    // it ended in between
  }
}

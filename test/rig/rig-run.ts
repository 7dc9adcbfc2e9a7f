import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '../../libs/local-services/src/process-identity.js';

interface RecordedProcess extends ProcessIdentity {
  readonly name: string;
}

interface RunRecord {
  readonly owner: ProcessIdentity;
  readonly processes: readonly RecordedProcess[];
  readonly folders: readonly string[];
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** File that gets standard output and standard error. */
  readonly log: string;
}

const STOP_TIMEOUT_MS = 5_000;
const KILL_TIMEOUT_MS = 5_000;
const POLL_MS = 25;
const LOG_TAIL = 2_000;
const RUN_FILE = /^run-.*\.json$/;

/** Folder of run records and of the state of running clusters. `FLOTILLA_RIG_STATE` names another one. */
function stateFolder(): string {
  return process.env['FLOTILLA_RIG_STATE'] || join(tmpdir(), `flotilla-rig-${userInfo().uid}`);
}

/** Sends a signal to a process group led by `pid`; a group that is gone is no error. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** A process that the rig started, leader of a group of its own. */
export class RigProcess {
  readonly name: string;
  readonly identity: ProcessIdentity;
  private readonly logFile: string;
  private readonly forget: (identity: ProcessIdentity) => void;
  private stopping: Promise<void> | undefined;

  constructor(name: string, identity: ProcessIdentity, logFile: string, forget: (identity: ProcessIdentity) => void) {
    this.name = name;
    this.identity = identity;
    this.logFile = logFile;
    this.forget = forget;
  }

  get pid(): number {
    return this.identity.pid;
  }

  get isRunning(): boolean {
    return isRunning(this.identity);
  }

  /** Sends a signal to this process alone (SIGSTOP, SIGCONT, SIGKILL for fault tests). */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.pid, signal);
  }

  /** Asks the process to end, and kills its group when it has not within `timeoutMs`. */
  stop(timeoutMs: number = STOP_TIMEOUT_MS): Promise<void> {
    this.stopping ??= this.end(timeoutMs);
    return this.stopping;
  }

  /** Kills the process and waits until it is gone. */
  async kill(): Promise<void> {
    await this.stop(0);
  }

  /** The last lines that the process wrote. */
  logTail(): string {
    try {
      return readFileSync(this.logFile, 'utf8').slice(-LOG_TAIL);
    } catch {
      return '';
    }
  }

  /** Throws, with the end of its log, when the process has ended by itself. */
  assertRunning(): void {
    if (!this.isRunning) throw new Error(`${this.name} ended unexpectedly; end of its log:\n${this.logTail()}`);
  }

  private async end(timeoutMs: number): Promise<void> {
    if (this.isRunning && timeoutMs > 0) {
      // A stopped process (SIGSTOP) would never see the request.
      process.kill(this.pid, 'SIGCONT');
      process.kill(this.pid, 'SIGTERM');
      await waitUntilGone(this.identity, timeoutMs);
    }
    if (this.isRunning) {
      signalGroup(this.pid, 'SIGKILL');
      if (!(await waitUntilGone(this.identity, KILL_TIMEOUT_MS))) throw new Error(`${this.name} (process ${this.pid}) outlives SIGKILL`);
    }
    this.forget(this.identity);
  }
}

/**
 * One run of the rig: what it starts is recorded by process id and start time in a file, so that the run after one that was
 * killed can end exactly what that one left, and nothing else.
 */
export class RigRun {
  private readonly owner: ProcessIdentity;
  private readonly file: string;
  private readonly running = new Map<number, RigProcess>();
  private readonly folders = new Set<string>();

  private constructor(owner: ProcessIdentity) {
    this.owner = owner;
    this.file = join(stateFolder(), `run-${owner.pid}-${Date.now()}.json`);
    this.save();
    process.once('exit', () => this.killAll());
  }

  /** Starts a run, after ending whatever earlier runs left whose owner is gone. */
  static async open(): Promise<RigRun> {
    mkdirSync(stateFolder(), { recursive: true, mode: 0o700 });
    await cleanLeftovers();
    const owner = identify(process.pid);
    if (owner === undefined) throw new Error('cannot read the start time of this process');
    return new RigRun(owner);
  }

  /** A fresh folder that goes with the run. */
  folder(name: string): string {
    const folder = mkdtempSync(join(stateFolder(), `${name}-`));
    this.folders.add(folder);
    this.save();
    return folder;
  }

  /** Removes a folder made by {@link folder}. */
  removeFolder(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    this.folders.delete(folder);
    this.save();
  }

  /** Starts a program in a group of its own and records it. */
  spawn(name: string, program: string, args: readonly string[], options: SpawnOptions): RigProcess {
    const log = openSync(options.log, 'a');
    const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? process.env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    // Without a listener a program that cannot be run would end this process; its missing id says so below.
    child.on('error', () => undefined);
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) throw new Error(`cannot start ${name} (${program})`);
    return this.record(name, identity, options.log);
  }

  /** Records a process that something else started on behalf of this run, so that it is ended with it. */
  adopt(name: string, pid: number, logFile: string): RigProcess {
    const identity = identify(pid);
    if (identity === undefined) throw new Error(`${name} (process ${pid}) does not run`);
    return this.record(name, identity, logFile);
  }

  /** Stops everything that still runs, newest first, and removes the record and the folders. */
  async close(): Promise<void> {
    for (const process of [...this.running.values()].reverse()) await process.stop();
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
    this.folders.clear();
    rmSync(this.file, { force: true });
  }

  private record(name: string, identity: ProcessIdentity, logFile: string): RigProcess {
    const recorded = new RigProcess(name, identity, logFile, (gone) => {
      this.running.delete(gone.pid);
      this.save();
    });
    this.running.set(identity.pid, recorded);
    this.save();
    return recorded;
  }

  private killAll(): void {
    const left = [...this.running.values()].filter(({ identity }) => isRunning(identity));
    for (const { identity } of left) signalGroup(identity.pid, 'SIGKILL');
    // What was just killed may still hold its folder: the record stays, and the next run cleans up after it.
    if (left.length === 0 && this.folders.size === 0) rmSync(this.file, { force: true });
  }

  private save(): void {
    const processes = [...this.running.values()].map(({ name, identity }) => ({ name, ...identity }));
    const record: RunRecord = { owner: this.owner, processes, folders: [...this.folders] };
    writeFileSync(`${this.file}.new`, JSON.stringify(record));
    renameSync(`${this.file}.new`, this.file);
  }
}

function readRecord(path: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunRecord;
  } catch {
    // Another run has cleaned it meanwhile.
    return undefined;
  }
}

/** Ends the recorded processes of runs whose owner is gone, and removes their folders. Gives the names of what was ended. */
export async function cleanLeftovers(): Promise<string[]> {
  const ended: string[] = [];
  for (const name of readdirSync(stateFolder()).filter((entry) => RUN_FILE.test(entry))) {
    const path = join(stateFolder(), name);
    const record = readRecord(path);
    if (record === undefined || isRunning(record.owner)) continue;
    for (const leftover of record.processes.filter(isRunning)) {
      signalGroup(leftover.pid, 'SIGKILL');
      if (!(await waitUntilGone(leftover, KILL_TIMEOUT_MS))) throw new Error(`${leftover.name} of an earlier run (process ${leftover.pid}) outlives SIGKILL`);
      ended.push(leftover.name);
    }
    // Only folders that this module made, whatever the record says.
    for (const folder of record.folders) rmSync(join(stateFolder(), basename(folder)), { recursive: true, force: true });
    rmSync(path, { force: true });
  }
  return ended;
}

let current: Promise<RigRun> | undefined;

/** The run of this process. */
export function rigRun(): Promise<RigRun> {
  current ??= RigRun.open();
  return current;
}

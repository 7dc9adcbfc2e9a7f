import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '../../libs/local-services/src/process-identity.js';

const WAIT_LIMIT_MS = 90 * 60_000;
const POLL_MS = 2_000;

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify(identify(process.pid)));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Runs `work` while no other process builds into `folder`; a lock whose owner is gone is taken over. */
export async function withBuildLock<T>(folder: string, say: (line: string) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'build.lock');
  const deadline = Date.now() + WAIT_LIMIT_MS;
  let announced = false;
  while (!tryLock(path)) {
    const owner = readOwner(path);
    if (owner !== undefined && !isRunning(owner)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!announced) say(`another build (process ${owner?.pid ?? 'unknown'}) is under way: waiting for it`);
    announced = true;
    if (Date.now() > deadline) throw new Error(`gave up waiting for the other build; if none runs, remove ${path}`);
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

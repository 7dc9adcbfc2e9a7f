import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HubClient } from '@flotilla/api-client';
import { freePort } from '@flotilla/local-services';

const stepTimeoutMs = 120_000;

/** A hub with something to see, and how to sign in to it. */
export interface Demo {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
}

/** Starts what `npm start` starts, in a folder that goes with it, breaks the fleet by a commit and rolls the ring `canary` back. */
export async function startDemo(): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-screenshots-'));
  const port = await freePort();
  const env = { ...process.env, PORT: String(port), DATABASE_URL: '', FLOTILLA_DATA_DIR: join(folder, 'data'), FLOTILLA_OPEN: 'false' };
  const launcher = spawn('node', ['apps/launcher/dist/main.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => launcher.once('exit', resolve));
  const stop = async (): Promise<void> => {
    launcher.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    let said = '';
    launcher.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const token = await until('the launcher to be ready', () => /^Token: (\S+)/m.exec(said)?.[1]);
    const [, user = '', password = ''] = /^Login: (\S+) \/ (\S+)/m.exec(said) ?? [];
    const url = `http://127.0.0.1:${port}`;
    const hub = new HubClient({ url, token });
    const clustersIn = async (state: string): Promise<number> =>
      (await hub.clusters.list({ limit: 500 })).items.filter((cluster) => cluster.state === state).length;
    await until('every cluster to be ready', async () => (await clustersIn('ready')) === 24);
    const good = (await hub.clusters.list({ limit: 1 })).items[0]?.revision ?? '';
    execFileSync('node', ['apps/simulator/dist/break-demo.js'], { env, stdio: 'inherit' });
    await until('the clusters to fail', async () => (await clustersIn('failing')) === 24);
    const { id } = await hub.rollbacks.start({ selector: 'ring=canary', to: good, reason: 'payments never becomes healthy' });
    await until('the rollback to be held', async () => (await hub.rollbacks.get(id)).state === 'held');
    await until('an alert to be told', async () => (await hub.alerts.list({ limit: 1 })).items.length > 0);
    return { url, user, password, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function until<T>(what: string, look: () => T | false | undefined | Promise<T | false | undefined>): Promise<T> {
  for (const deadline = Date.now() + stepTimeoutMs; Date.now() < deadline; await sleep(500)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`gave up waiting for ${what} after ${stepTimeoutMs / 1000} s`);
}

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, PostgresServer } from '@flotilla/local-services';
import { assertPortFree } from './assert-port-free.js';
import { credentialLines, DataFolder, LauncherError } from './data-folder.js';
import { startFleetGitServer } from './fleet-git-server.js';
import type { LauncherConfig } from './launcher.config.js';
import { Processes } from './processes.js';

const readyTimeoutMs = 60_000;
const program = (name: string): string => fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url));

export interface RunningFlotilla {
  /** the fixed lines of the outside contract */
  lines: string;
  url: string;
  /** stops everything in order: agents, hub, worker, Git, Postgres */
  stop(): Promise<void>;
}

/**
 * Starts Postgres (unless DATABASE_URL is given), hub, worker and the simulated fleet; gives what to print. `say` is told each step. A program that
 * ends by itself aborts `ending`; once it is aborted, a start under way stops what it has started and throws the reason.
 */
export async function startFlotilla(config: LauncherConfig, say: (step: string) => void, ending: AbortController): Promise<RunningFlotilla> {
  let stopping = false;
  const step = (what: string): void => {
    ending.signal.throwIfAborted();
    say(what);
  };
  const folder = new DataFolder(config.FLOTILLA_DATA_DIR);
  const processes = new Processes(folder, (name, how) => {
    if (!stopping) ending.abort(new LauncherError(`${name} ended unexpectedly (${how}); the end of ${processes.logOf(name)}:\n${processes.tail(name)}`));
  });
  await processes.clear();
  await assertPortFree(config.PORT, 'PORT=8081 npm start');
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    stopping = true;
    for (const close of closers.reverse()) await close();
    processes.release();
  };
  try {
    const databaseUrl = config.DATABASE_URL || (await startPostgres(folder, step, closers));
    const url = `http://127.0.0.1:${config.PORT}`;
    const credentials = folder.credentials(url);
    const shared = {
      DATABASE_URL: databaseUrl,
      FLOTILLA_SECRET_KEY_FILE: folder.secretKeyFile(),
      FLOTILLA_PUBLIC_URL: url,
      FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8',
      FLOTILLA_LOG_LEVEL: 'info',
    };
    step('bringing the database to this version');
    await processes.finish('migrate', [program('worker'), 'migrate'], shared);
    step('starting hub and worker');
    processes.start('worker', [program('worker')], { ...shared, FLOTILLA_CACHE_DIR: folder.at('git', 'mirrors') });
    closers.push(() => processes.stop('worker'));
    processes.start('hub', [program('hub')], {
      ...shared,
      PORT: String(config.PORT),
      FLOTILLA_ADMIN_PASSWORD: credentials.password,
      FLOTILLA_ADMIN_TOKEN: credentials.token,
    });
    closers.push(() => processes.stop('hub'));
    await waitUntil('the hub to become ready', 'hub', processes, ending.signal, async () => (await get(`${url}/readyz`))?.ok === true);
    if (config.FLOTILLA_SIM_CLUSTERS > 0) {
      step(`starting ${config.FLOTILLA_SIM_CLUSTERS} simulated clusters`);
      const git = await startFleetGitServer(folder.at('git'), await rememberedPort(folder.at('git', 'port')));
      closers.push(() => git.close());
      processes.start('simulator', [program('simulator')], {
        FLOTILLA_HUB_URL: url,
        FLOTILLA_SIM_TOKEN: credentials.token,
        FLOTILLA_SIM_CLUSTERS: String(config.FLOTILLA_SIM_CLUSTERS),
        FLOTILLA_SIM_REPO: `${git.url}/fleet.git`,
        FLOTILLA_SIM_REPO_DIR: folder.at('git', 'fleet.git'),
        FLOTILLA_SIM_STATE: folder.at('agents'),
      });
      closers.push(() => processes.stop('simulator'));
      // so that what the printed lines lead to is there
      await waitUntil('the simulator to make the fleet repo', 'simulator', processes, ending.signal, async () => {
        const refs = await get(`${git.url}/fleet.git/info/refs?service=git-upload-pack`);
        return refs?.ok === true && (await refs.text()).includes(' refs/heads/main');
      });
    }
    return { lines: credentialLines(url, credentials), url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres(folder: DataFolder, say: (step: string) => void, closers: (() => Promise<void>)[]): Promise<string> {
  say('starting Postgres');
  let server: PostgresServer;
  try {
    server = await PostgresServer.start({ directory: folder.at('postgres') });
  } catch (cause) {
    throw new LauncherError(
      `${cause instanceof Error ? cause.message : String(cause)}\nIf the data in ${folder.root} is not needed, move that folder away and start again; or set DATABASE_URL to a server of your own.`,
      { cause },
    );
  }
  closers.push(() => server.stop());
  await server.createDatabase('flotilla');
  return server.url('flotilla');
}

/** The hub keeps the fleet repo's URL, so its port must be the same at every start. */
async function rememberedPort(file: string): Promise<number> {
  const known = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (known > 0) return known;
  const port = await freePort();
  writeFileSync(file, String(port));
  return port;
}

/** Waits for what a program is to do, unless `ending` comes first. @throws LauncherError with the end of the program's log */
async function waitUntil(what: string, name: string, processes: Processes, ending: AbortSignal, isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  while (!(await isDone())) {
    ending.throwIfAborted();
    if (Date.now() > deadline) throw new LauncherError(`waited ${readyTimeoutMs / 1000} s for ${what}; the end of its log:\n${processes.tail(name)}`);
    await delay(100);
  }
  ending.throwIfAborted();
}

/** The answer, or null when there is none yet. */
async function get(url: string): Promise<Response | null> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
}

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

/** Starts Postgres (unless DATABASE_URL is given), hub, worker and the simulated fleet; gives what to print. `say` is told each step. */
export async function startFlotilla(config: LauncherConfig, say: (step: string) => void, onDeath: (message: string) => void): Promise<RunningFlotilla> {
  let stopping = false;
  const folder = new DataFolder(config.FLOTILLA_DATA_DIR);
  const processes = new Processes(folder, (name, code) => {
    if (!stopping) onDeath(`${name} ended unexpectedly (exit code ${code ?? 'none'}); the end of ${processes.logOf(name)}:\n${processes.tail(name)}`);
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
    const databaseUrl = config.DATABASE_URL || (await startPostgres(folder, say, closers));
    const url = `http://127.0.0.1:${config.PORT}`;
    const credentials = folder.credentials(url);
    const shared = {
      DATABASE_URL: databaseUrl,
      FLOTILLA_SECRET_KEY_FILE: folder.secretKeyFile(),
      FLOTILLA_PUBLIC_URL: url,
      FLOTILLA_OUTBOUND_ALLOW: '127.0.0.0/8',
      FLOTILLA_LOG_LEVEL: 'info',
    };
    say('bringing the database to this version');
    await processes.finish('migrate', [program('worker'), 'migrate'], shared);
    say('starting hub and worker');
    processes.start('worker', [program('worker')], { ...shared, FLOTILLA_CACHE_DIR: folder.at('git', 'mirrors') });
    closers.push(() => processes.stop('worker'));
    processes.start('hub', [program('hub')], {
      ...shared,
      PORT: String(config.PORT),
      FLOTILLA_ADMIN_PASSWORD: credentials.password,
      FLOTILLA_ADMIN_TOKEN: credentials.token,
    });
    closers.push(() => processes.stop('hub'));
    await waitReady(`${url}/readyz`, processes);
    if (config.FLOTILLA_SIM_CLUSTERS > 0) {
      say(`starting ${config.FLOTILLA_SIM_CLUSTERS} simulated clusters`);
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

async function waitReady(url: string, processes: Processes): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  while (Date.now() < deadline) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new LauncherError(`the hub did not become ready within ${readyTimeoutMs / 1000} s; the end of its log:\n${processes.tail('hub')}`);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { configOrExit } from '@flotilla/config';
import { LauncherError } from './data-folder.js';
import { startFlotilla } from './launcher.js';
import { launcherConfig } from './launcher.config.js';

const config = configOrExit(
  'npm start',
  'a whole Flotilla on this machine: Postgres, hub, worker, console and a simulated fleet',
  launcherConfig,
  process.env,
  process.argv.slice(2),
);
const say = (step: string): void => void process.stderr.write(`${step} …\n`);

/** Aborted by a signal, or by the death of a program with a `LauncherError` as its reason. */
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());

try {
  await run();
} catch (error) {
  const wished = error === ending.signal.reason && !(error instanceof LauncherError);
  if (!wished) {
    process.stderr.write(`${error instanceof LauncherError ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(1);
  }
}
process.exit(0);

/** Runs everything until `ending` is aborted, and stops it. @throws the reason of the end */
async function run(): Promise<void> {
  const flotilla = await startFlotilla(config, say, ending);
  process.stdout.write(flotilla.lines);
  if (config.FLOTILLA_OPEN && process.stdout.isTTY) openBrowser(flotilla.url);
  if (!ending.signal.aborted) await once(ending.signal, 'abort');
  say('stopping');
  await flotilla.stop();
  ending.signal.throwIfAborted();
}

/** Opens the console where the system has a way to; nothing happens where it has none. */
function openBrowser(url: string): void {
  const child = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

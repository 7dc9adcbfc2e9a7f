import { spawn } from 'node:child_process';
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

let stop: (() => Promise<void>) | null = null;
let ending = false;
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  if (stop) {
    say('stopping');
    await stop();
  }
  process.exit(code);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));

try {
  const flotilla = await startFlotilla(config, say, (message) => {
    process.stderr.write(`${message}\n`);
    void end(1);
  });
  stop = () => flotilla.stop();
  process.stdout.write(flotilla.lines);
  if (config.FLOTILLA_OPEN && process.stdout.isTTY) openBrowser(flotilla.url);
} catch (error) {
  process.stderr.write(`${error instanceof LauncherError ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
}

/** Opens the console where the system has a way to; nothing happens where it has none. */
function openBrowser(url: string): void {
  const child = spawn(process.platform === 'darwin' ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}

import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const buildTimeoutMs = 180_000;
const app = resolve(import.meta.dirname, '../../../apps/web');
/** What the build reads besides the console itself. */
const inputs = [
  join(app, 'src'),
  join(app, 'public'),
  join(app, 'index.html'),
  join(app, 'vite.config.ts'),
  resolve(app, '../../libs/contracts/src'),
  resolve(app, '../../libs/api-client/src'),
];

/** Folder of the built console; built here when it is missing or older than its sources. */
export const consoleFolder = join(app, 'dist');

export async function buildConsole(): Promise<void> {
  const built = await stat(join(consoleFolder, 'index.html')).then(
    (info) => info.mtimeMs,
    () => 0,
  );
  const newest = Math.max(...(await Promise.all(inputs.map(newestIn))));
  if (built > newest) return;
  await run('npm', ['run', 'build', '-w', 'apps/web'], { cwd: resolve(app, '../..'), timeout: buildTimeoutMs });
}

async function newestIn(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const times = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name)).then((file) => file.mtimeMs)),
  );
  return Math.max(info.mtimeMs, ...times);
}

import chromium from '@sparticuz/chromium';
import { readFileSync } from 'node:fs';
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type Browser } from 'playwright-core';

const pinned = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
const version = pinned.devDependencies['@sparticuz/chromium'] ?? 'unpinned';

/** A lock older than this was left by a run that was killed. */
const lockStaleMs = 60_000;
const lockWaitMs = 120_000;
const lockPollMs = 200;

/**
 * Unpacks and starts the Chromium of the npm package. The first start unpacks it below the temporary folder, into one of this account and version, under a
 * lock, since test files may start at once.
 */
export async function startBrowser(): Promise<Browser> {
  const folder = join(tmpdir(), `flotilla-chromium-${userInfo().uid}-${version}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const executablePath = await locked(join(folder, 'lock'), async () => {
    // the package unpacks into TMPDIR and reuses what it finds there
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    try {
      return await chromium.executablePath();
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });
  return playwright.launch({ executablePath, args: ['--no-sandbox', '--headless=shell'], headless: true });
}

async function locked<T>(lock: string, act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + lockWaitMs;
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch {
      const held = await stat(lock).catch(() => null);
      if (held && Date.now() - held.mtimeMs > lockStaleMs) await rmdir(lock).catch(() => undefined);
      if (Date.now() > deadline) throw new Error(`the lock ${lock} was not released within ${lockWaitMs / 1000} s; remove it if no other run is under way`);
      await new Promise((resolve) => setTimeout(resolve, lockPollMs));
    }
  }
  try {
    return await act();
  } finally {
    await rmdir(lock).catch(() => undefined);
  }
}

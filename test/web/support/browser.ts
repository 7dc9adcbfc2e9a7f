import chromium from '@sparticuz/chromium';
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type Browser } from 'playwright-core';

/** A lock older than this was left by a run that was killed. */
const lockStaleMs = 60_000;
const lockWaitMs = 120_000;
const lockPollMs = 200;

/** Unpacks and starts the Chromium of the npm package. The first start unpacks it below the temporary folder, under a lock, since test files may start at once. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await locked(join(tmpdir(), 'flotilla-chromium.lock'), () => chromium.executablePath());
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

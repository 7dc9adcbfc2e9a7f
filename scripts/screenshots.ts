import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { startBrowser } from '../test/web/support/browser.js';
import { startDemo, type Demo } from './screenshots-demo.js';

/**
 * Writes pictures of the console's pages to docs/images, from a running hub: FLOTILLA_URL, FLOTILLA_USER, FLOTILLA_PASSWORD; without FLOTILLA_URL from
 * the demo of `npm start`, started for it, in which a commit broke the fleet and one ring was rolled back. FLOTILLA_IMAGES names another folder.
 */
const folder = resolve(process.env['FLOTILLA_IMAGES'] ?? 'docs/images');
const settleMs = 900;

await mkdir(folder, { recursive: true });
const { FLOTILLA_URL: url, FLOTILLA_USER: user = 'admin', FLOTILLA_PASSWORD: password = '' } = process.env;
const demo: Demo = url === undefined ? await startDemo() : { url, user, password, stop: () => Promise.resolve() };
const root = demo.url;
const browser = await startBrowser();
const session = await browser.newContext({ viewport: { width: 1360, height: 900 }, deviceScaleFactor: 1.5, colorScheme: 'light' });
const page = await session.newPage();
await page.goto(`${root}/login`);
await page.getByLabel('User').fill(demo.user);
await page.getByRole('textbox', { name: 'Password' }).fill(demo.password);
await shot(page, 'login');
await page.getByRole('button', { name: 'Sign in' }).click();
await page
  .getByRole('link', { name: /clusters?$/ })
  .first()
  .waitFor();

const read = async (path: string): Promise<{ items: Record<string, unknown>[] }> =>
  (await page.request.get(`${root}/api/v1${path}`)).json() as Promise<{ items: Record<string, unknown>[] }>;
const clusters = (await read('/clusters?limit=500')).items;
const failing = clusters.find((cluster) => cluster['state'] === 'failing') ?? clusters[0];
const rolledBack = clusters.find((cluster) => Array.isArray(cluster['divergences']) && cluster['divergences'].length > 0);
const commits = (await read('/fleet/revisions?limit=10')).items;
const target = commits[1] ?? commits[0];

const pages: [string, string][] = [
  ['fleet', '/'],
  ['fleet-table', '/?view=table'],
  ...(failing ? [['cluster', `/clusters/${String(failing['name'])}`] as [string, string]] : []),
  ...(rolledBack ? [['cluster-rolled-back', `/clusters/${String(rolledBack['name'])}`] as [string, string]] : []),
  ['onboard', '/onboard'],
  ['revisions', '/revisions'],
  ...(target ? [['revision', `/revisions/${String(target['sha'])}`] as [string, string]] : []),
  ['incidents', '/incidents'],
  ['rollbacks', '/rollbacks'],
];
for (const [name, path] of pages) {
  await page.goto(`${root}${path}`);
  await shot(page, name);
}
await page.emulateMedia({ colorScheme: 'dark' });
await page.goto(`${root}/`);
await shot(page, 'fleet-dark');
await page.setViewportSize({ width: 360, height: 780 });
await shot(page, 'fleet-narrow');
await browser.close();
await demo.stop();
console.log(`pictures are in ${folder}`);

async function shot(of: Page, name: string): Promise<void> {
  // the live feed keeps the network busy for ever: wait for the page's own placeholders to go
  await of.locator('h1').first().waitFor({ state: 'attached' });
  await of.locator('[role=status][aria-label^=Loading]').first().waitFor({ state: 'detached' });
  await of.waitForTimeout(settleMs);
  await of.screenshot({ path: `${folder}/${name}.png` });
}

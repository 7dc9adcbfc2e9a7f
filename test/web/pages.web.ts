import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aFleet, noFleet } from './support/a-fleet.js';
import { ConsoleBrowser } from './support/console-page.js';
import { idOf, previous } from './support/fleet-builders.js';

/** The chart and the virtual rows follow the window's size through observers. */
const resizeMs = 300;
let browser: ConsoleBrowser;
beforeAll(async () => {
  browser = await ConsoleBrowser.start();
});
afterEach(() => browser.clean());
afterAll(() => browser.stop());

const fleet = aFleet(24);
const failing = fleet.clusters.find((cluster) => cluster.state === 'failing')?.name ?? '';
const diverged = fleet.clusters.find((cluster) => cluster.divergences.length > 0)?.name ?? '';
const joining = fleet.clusters.find((cluster) => cluster.state === 'joining')?.name ?? '';
const silent = fleet.clusters.find((cluster) => cluster.state === 'unknown')?.name ?? '';

const pages: [name: string, path: string][] = [
  ['fleet as map', '/'],
  ['fleet as table', '/?view=table'],
  ['failing cluster', `/clusters/${failing}`],
  ['rolled back cluster', `/clusters/${diverged}`],
  ['joining cluster', `/clusters/${joining}`],
  ['silent cluster', `/clusters/${silent}`],
  ['object panel', `/clusters/${failing}?object=Kustomization/flux-system/apps`],
  ['onboard', '/onboard'],
  ['onboard by manifest', `/onboard?cluster=${joining}`],
  ['onboard by kubeconfig', `/onboard?cluster=${joining}&how=bootstrap`],
  ['onboard operation', `/onboard?operation=${idOf(5, 1)}`],
  ['revisions', '/revisions'],
  ['revision', `/revisions/${previous}`],
  ['rollback dialog', `/revisions/${previous}?rollback=open`],
  ['incidents', '/incidents?state=all'],
  ['alert panel', `/incidents?alert=${idOf(2, 0)}`],
  ['rollbacks', '/rollbacks?show=all'],
];

test.each(pages)('%s is clean by axe in light and dark, fits 360 px, and nothing of it is refused by the policy', async (_name, path) => {
  const it = await browser.open(aFleet(24), path);
  await it.settled();
  expect(await it.violations()).toEqual([]);
  await it.page.emulateMedia({ colorScheme: 'dark' });
  await it.page.setViewportSize({ width: 360, height: 740 });
  await it.page.waitForTimeout(resizeMs);
  expect(await it.overflow()).toBeLessThanOrEqual(0);
  expect(await it.violations()).toEqual([]);
  expect(it.complaints).toEqual([]);
});

const lists: [name: string, path: string, api: string, what: RegExp][] = [
  ['fleet', '/', '/clusters', /The clusters could not be read/],
  ['cluster', `/clusters/${failing}`, '/objects', /The objects could not be read/],
  ['revisions', '/revisions', '/fleet/revisions', /The commits could not be read/],
  ['incidents', '/incidents', '/alerts', /The alerts could not be read/],
  ['rollbacks', '/rollbacks', '/rollbacks', /The rollbacks could not be read/],
];

describe.each(lists)('%s, when its list', (_name, path, api, what) => {
  test('is slow: shows placeholders, then the list', async () => {
    const it = await browser.open(aFleet(24), path, { before: (fake) => fake.faults.stalled.add(api) });
    await it.page
      .getByRole('status', { name: /^Loading/ })
      .first()
      .waitFor();
    expect(await it.violations()).toEqual([]);
    it.api.release();
    await it.settled();
    expect(await it.page.getByRole('alert').count()).toBe(0);
  });

  test('fails: says what, why and the request, and recovers on "Try again" without losing the rest', async () => {
    const it = await browser.open(aFleet(24), path, {
      before: (fake) => fake.faults.failures.set(api, { status: 403, code: 'forbidden', detail: 'Ask an admin for the viewer role.' }),
    });
    const alert = it.page.getByRole('alert').filter({ hasText: what });
    await alert.waitFor();
    expect(await alert.innerText()).toContain('Ask an admin for the viewer role.');
    expect(await alert.innerText()).toContain('request req-1');
    expect(await it.violations()).toEqual([]);
    it.api.faults.failures.clear();
    await alert.getByRole('button', { name: 'Try again' }).click();
    await alert.waitFor({ state: 'detached' });
  });
});

describe('an empty hub', () => {
  test.each([
    ['/', /No cluster has joined yet/, /Onboard the first/],
    ['/?view=table', /No cluster has joined yet/, /Onboard the first/],
    ['/revisions', /No fleet repo is registered/, /flotilla create fleet-repo/],
    ['/incidents', /Nothing fires/, /Nothing was sent yet/],
    ['/rollbacks', /Every cluster follows Git/, /Choose a revision/],
  ])('%s says so and names the next step', async (path, title, next) => {
    const it = await browser.open(noFleet(), path);
    await it.settled();
    const text = await it.text();
    expect(text).toMatch(title);
    expect(text).toMatch(next);
    expect(await it.violations()).toEqual([]);
    expect(it.complaints).toEqual([]);
  });
});

test('an unknown address and an unknown cluster say so', async () => {
  const it = await browser.open(aFleet(3), '/nowhere');
  expect(await it.page.locator('body').innerText()).toContain('There is no page at this address');
  await it.page.goto(`${it.api.url}/clusters/no-such`);
  await it.page.getByRole('alert').waitFor();
  expect(await it.text()).toContain('There is no /clusters/no-such in your scope');
});

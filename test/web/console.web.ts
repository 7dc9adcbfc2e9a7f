import { rolePermissions } from '@flotilla/contracts';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { aFleet } from './support/a-fleet.js';
import { ConsoleBrowser } from './support/console-page.js';
import { credentials } from './support/fake-api.js';
import { head, idOf, inState, previous } from './support/fleet-builders.js';

let browser: ConsoleBrowser;
beforeAll(async () => {
  browser = await ConsoleBrowser.start();
});
afterEach(() => browser.clean());
afterAll(() => browser.stop());

describe('signing in', () => {
  test('asks, refuses a wrong password with what to do, and leads back to the page asked for', async () => {
    const { page, api, violations } = await opened('/incidents?state=all', { signedOut: true });
    await page.getByRole('heading', { name: 'Sign in to Flotilla' }).waitFor();
    expect(await violations()).toEqual([]);
    await page.getByLabel('User').fill(credentials.user);
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('Check the user and the password');
    await page.getByRole('textbox', { name: 'Password' }).fill(credentials.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Incidents' }).waitFor();
    expect(page.url()).toBe(`${api.url}/incidents?state=all`);
  });

  test('never leads to another origin', async () => {
    const { page, api } = await opened('/login?next=//evil.example/', { signedOut: true });
    await page.getByLabel('User').fill(credentials.user);
    await page.getByRole('textbox', { name: 'Password' }).fill(credentials.password);
    await page.keyboard.press('Enter');
    await page.getByText('24 clusters').first().waitFor();
    expect(page.url()).toBe(`${api.url}/`);
  });

  test('a session that ends leads to the sign-in page', async () => {
    const { page, api } = await opened('/incidents?state=all');
    await page.getByRole('status', { name: 'Feed: Live' }).waitFor();
    await page.context().clearCookies();
    api.emit('refresh');
    await page.getByRole('heading', { name: 'Sign in to Flotilla' }).waitFor();
    expect(page.url()).toContain('next=%2Fincidents%3Fstate%3Dall');
  });
});

describe('the fleet', () => {
  test('says its state in one sentence that filters, and keeps the filter in the URL', async () => {
    const { page } = await opened('/');
    const sentence = page.locator('.sentence');
    expect((await sentence.innerText()).replaceAll(/\s+/g, ' ')).toContain(`24 clusters · 16 at ${head.slice(0, 7)} · 4 behind`);
    await sentence.getByRole('link', { name: /3 failing/ }).click();
    await page.waitForURL(/q=state%3Afailing/);
    expect(await page.locator('[data-tile]').count()).toBe(3);
    await page.reload();
    await page.locator('[data-tile]').first().waitFor();
    expect(await page.locator('[data-tile]').count()).toBe(3);
  });

  test('a change arrives by event, in place: the tile keeps its position', async () => {
    const { page, api } = await opened('/');
    const victim = api.fleet.clusters.find((cluster) => cluster.state === 'ready') as (typeof api.fleet.clusters)[number];
    const tile = page.locator(`[data-tile="${victim.name}"]`);
    await tile.waitFor();
    await page.getByRole('status', { name: 'Feed: Live' }).waitFor();
    const before = await tile.boundingBox();
    api.fleet.clusters[api.fleet.clusters.indexOf(victim)] = inState(victim, 'failing');
    api.emit('clusters', [victim]);
    await page.locator(`[data-tile="${victim.name}"].s-failing`).waitFor();
    await page.locator('.sentence').getByText('4 failing').waitFor();
    expect(await tile.boundingBox()).toEqual(before);
  });

  test('events are coalesced: a storm of 200 reads each list at most four times a second', async () => {
    const { page, api } = await opened('/');
    await page.getByRole('status', { name: 'Feed: Live' }).waitFor();
    await page.waitForTimeout(500);
    const before = api.reads.filter((read) => read.startsWith('/fleet/summary')).length;
    const started = Date.now();
    for (let burst = 0; burst < 20; burst++) {
      for (let event = 0; event < 10; event++) api.emit('clusters');
      await page.waitForTimeout(50);
    }
    await page.waitForTimeout(600);
    const seconds = (Date.now() - started) / 1000;
    const reads = api.reads.filter((read) => read.startsWith('/fleet/summary')).length - before;
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 1);
  });

  test('a broken feed is said, and after it returns everything is read again', async () => {
    const { page, api } = await opened('/');
    await page.getByRole('status', { name: 'Feed: Live' }).waitFor();
    api.dropStreams();
    await page.getByRole('status', { name: /Feed: Interrupted/ }).waitFor();
    const victim = api.fleet.clusters.find((cluster) => cluster.state === 'ready') as (typeof api.fleet.clusters)[number];
    api.fleet.clusters[api.fleet.clusters.indexOf(victim)] = inState(victim, 'failing');
    await page.getByRole('status', { name: 'Feed: Live' }).waitFor({ timeout: 20_000 });
    await page.locator(`[data-tile="${victim.name}"].s-failing`).waitFor();
  });

  test('a refused feed is asked for again', async () => {
    const { page, api } = await opened('/', {
      before: (fake) => fake.faults.failures.set('/events', { status: 503, code: 'unavailable', detail: 'The hub is starting.' }),
    });
    await page.getByRole('status', { name: /Feed: Interrupted/ }).waitFor();
    api.faults.failures.clear();
    await page.getByRole('status', { name: 'Feed: Live' }).waitFor({ timeout: 20_000 });
  });

  test('the map is one tab stop; arrows move by place and Enter opens the cluster', async () => {
    const { page } = await opened('/');
    await page.locator('[data-tile][tabindex="0"]').focus();
    const first = await page.evaluate<string>('document.activeElement.dataset.tile');
    await page.keyboard.press('ArrowRight');
    const second = await page.evaluate<string>('document.activeElement.dataset.tile');
    expect(second).not.toBe(first);
    await page.keyboard.press('ArrowLeft');
    expect(await page.evaluate<string>('document.activeElement.dataset.tile')).toBe(first);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: first, level: 1 }).waitFor();
  });

  test('2,000 clusters: read in pages, drawn as map and as virtual table, sorted and filtered', async () => {
    const { page, api, settled, violations } = await opened('/', {}, 2000);
    await settled();
    expect(await page.locator('[data-tile]').count()).toBe(2000);
    expect(api.reads.filter((read) => read.startsWith('/clusters?')).length).toBeGreaterThanOrEqual(4);
    await page.keyboard.press('t');
    await page.waitForURL(/view=table/);
    const table = page.getByRole('table', { name: 'Clusters' });
    await table.waitFor();
    expect(await table.getAttribute('aria-rowcount')).toBe('2001');
    expect(await table.getByRole('row').count()).toBeLessThan(80);
    await table.getByRole('button', { name: 'State' }).click();
    await page.waitForURL(/sort=state/);
    expect(await table.getByRole('row').nth(1).innerText()).toContain('Unknown');
    await page.keyboard.press('/');
    await page.keyboard.type('state:failing');
    await page.getByText('21 clusters', { exact: true }).waitFor();
    expect(await violations()).toEqual([]);
  });

  test('a page of the list that fails leaves the rest and says how much is missing', async () => {
    const { page } = await opened('/', { before: (api) => (api.faults.failPagesFrom = 500) }, 1200);
    await page.getByText(/500 of 1,200 clusters could be read; the rest not/).waitFor({ timeout: 30_000 });
    expect(await page.locator('[data-tile]').count()).toBe(500);
  });

  test('CSV holds what is shown, revisions in full', async () => {
    const { page } = await opened('/?view=table&q=state:failing');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'CSV' }).click()]);
    const text = await readFile(await download.path(), 'utf8');
    expect(download.suggestedFilename()).toBe('clusters.csv');
    expect(text.split('\r\n')[0]).toMatch(/^name,state,state_since,reason,revision,/);
    expect(text.trim().split('\r\n')).toHaveLength(4);
  });
});

describe('a cluster', () => {
  test('answers "why not at R?" in order with remedies, and leads to the object', async () => {
    const failing = aFleet(24).clusters.find((cluster) => cluster.state === 'failing')?.name ?? '';
    const { page, settled } = await opened(`/clusters/${failing}`);
    await settled();
    const reasons = page.locator('ol.reasons > li');
    expect(await reasons.count()).toBe(3);
    expect(await reasons.first().innerText()).toContain('roll back to the revision before it');
    expect(await page.locator('.stages .at').filter({ hasText: 'failed in health' }).count()).toBe(1);
    await reasons
      .first()
      .getByRole('button', { name: /Kustomization flux-system\/apps/ })
      .click();
    await page.getByRole('dialog').waitFor();
    expect(page.url()).toContain('object=Kustomization');
  });

  test('reconciles at once; suspends only after the name is typed; both carry the CSRF header', async () => {
    const { page, api } = await opened(`/clusters/${aFleet(24).clusters[0]?.name}?object=Kustomization/flux-system/apps`);
    await page.getByRole('button', { name: 'Reconcile with source' }).click();
    await expect.poll(() => api.writes.length).toBe(1);
    expect(api.writes[0]).toMatchObject({
      csrf: true,
      body: { type: 'reconcile', withSource: true, object: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' } },
    });
    await page.getByRole('button', { name: 'Suspend' }).click();
    const dialog = page.getByRole('dialog', { name: 'Suspend Kustomization apps' });
    expect(await dialog.innerText()).toContain('Undo it with Resume');
    expect(await dialog.getByRole('button', { name: 'Suspend' }).isDisabled()).toBe(true);
    await dialog.getByLabel(/to confirm/).fill('apps');
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    await expect.poll(() => api.writes.length).toBe(2);
    expect(api.writes[1]).toMatchObject({ csrf: true, body: { type: 'suspend' } });
  });

  test('says "Git declares Y, runs X" while it is rolled back', async () => {
    const diverged = aFleet(24).clusters.find((cluster) => cluster.divergences.length > 0)?.name ?? '';
    const { page, settled } = await opened(`/clusters/${diverged}`);
    await settled();
    const banner = (await page.getByRole('status').filter({ hasText: 'Git declares' }).innerText()).replaceAll(/\s+/g, ' ').replaceAll(' ,', ',');
    expect(banner).toContain(`Git declares ${head.slice(0, 7)}, this cluster runs ${previous.slice(0, 7)}`);
  });

  test('a viewer sees why the actions are not his', async () => {
    const { page } = await opened(`/clusters/${aFleet(24).clusters[0]?.name}?object=Kustomization/flux-system/apps`, {
      permissions: [...rolePermissions.viewer],
    });
    await page.getByText('Your role does not carry objects:operate.').waitFor();
    expect(await page.getByRole('button', { name: 'Reconcile with source' }).isDisabled()).toBe(true);
  });
});

describe('rolling back', () => {
  test('previews clusters, deletions and the way back, and starts only with a reason and the commit typed', async () => {
    const { page, api } = await opened(`/revisions/${previous}`);
    await page.getByRole('button', { name: 'Roll back to here' }).click();
    await page.getByLabel(/Clusters, by label selector/).fill('region=eu-west');
    await page.getByRole('button', { name: 'Preview' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Service/shop/checkout-canary').waitFor();
    expect(await dialog.innerText()).toMatch(/3 of 4 clusters; 1 held/);
    expect(await dialog.innerText()).toContain('Lift the rollback');
    const start = dialog.getByRole('button', { name: 'Roll back 3 clusters' });
    expect(await start.isDisabled()).toBe(true);
    await dialog.getByLabel(/Roll .* back all the same/).check();
    await dialog.getByLabel('Reason').fill('checkout does not fit');
    await dialog.getByLabel(/to confirm/).fill(previous.slice(0, 7));
    await dialog.getByRole('button', { name: 'Roll back 4 clusters' }).click();
    await page.getByRole('heading', { name: 'Rollbacks', level: 1 }).waitFor();
    expect(api.writes.at(-1)).toMatchObject({
      path: '/rollbacks',
      csrf: true,
      body: { selector: 'region=eu-west', to: previous, method: 'tag', reason: 'checkout does not fit', acceptDeletions: [api.fleet.clusters[3]?.name] },
    });
  });

  test('lifts after "lift N" is typed', async () => {
    const { page, api } = await opened(`/rollbacks?id=${idOf(4, 1)}`);
    await page.getByRole('button', { name: 'Lift' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/to confirm/).fill('lift 3');
    await dialog.getByRole('button', { name: /Lift on 2 clusters/ }).click();
    await page.getByText('Lifting').first().waitFor();
    expect(api.writes.map((write) => write.path)).toEqual([`/rollbacks/${idOf(4, 1)}/lift`]);
  });
});

test('onboarding: registers, makes the join command, follows the agent live, and keeps its place over a reload', async () => {
  const { page, api } = await opened('/onboard');
  await page.getByLabel('Name').fill('Prod_1');
  await page.getByRole('button', { name: 'Register the cluster' }).click();
  await page.getByText(/use 1-63 of a-z/).waitFor();
  await page.getByLabel('Name').fill('prod-new-1');
  await page.getByLabel('Labels').fill('region=eu, ring=1');
  await page.getByRole('button', { name: 'Register the cluster' }).click();
  await page.waitForURL(/cluster=prod-new-1/);
  expect(api.writes[0]).toMatchObject({ path: '/clusters', body: { name: 'prod-new-1', labels: { region: 'eu', ring: '1' } } });
  await page.reload();
  await page.getByRole('button', { name: 'Make the join command' }).click();
  await page.getByText(/^kubectl apply -f/).waitFor();
  await page.getByText('waiting for the agent to enrol with its token').waitFor();
  await page.getByRole('status', { name: 'Feed: Live' }).waitFor();
  const joined = api.fleet.clusters.find((cluster) => cluster.name === 'prod-new-1');
  if (joined)
    Object.assign(joined, {
      state: 'ready',
      agent: api.fleet.clusters[0]?.agent,
      counts: { objects: 14, ready: 14, failing: 0, progressing: 0, suspended: 0 },
    });
  api.emit('clusters');
  await page.getByText('14 Flux objects').waitFor();
});

describe('keys', () => {
  test('⌘K finds a cluster and a revision, "?" lists keys, g r goes', async () => {
    const { page, settled, violations } = await opened('/');
    await settled();
    await page.keyboard.press('Control+k');
    await page.getByRole('textbox', { name: 'Find' }).fill('prod-eu-west-2');
    await page
      .getByRole('button', { name: /prod-eu-west-2/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'prod-eu-west-2', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByRole('heading', { name: 'Revisions', level: 1 }).waitFor();
  });

  test('UTC and dark are kept over a reload', async () => {
    const { page } = await opened('/');
    await page.getByRole('button', { name: 'UTC' }).click();
    await page.getByRole('button', { name: 'Switch to dark' }).click();
    await page.reload();
    expect(await page.getByRole('button', { name: 'UTC' }).getAttribute('aria-pressed')).toBe('true');
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
  });
});

async function opened(path: string, options: Parameters<ConsoleBrowser['open']>[2] = {}, count = 24) {
  const it = await browser.open(aFleet(count), path, options);
  return { page: it.page, api: it.api, settled: () => it.settled(), violations: () => it.violations() };
}

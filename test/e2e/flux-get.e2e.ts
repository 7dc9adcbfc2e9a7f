import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from '../rig/cluster.js';
import type { CommandResult } from '../rig/command.js';
import { fluxOutput, installFlux, installImageKinds, runFlux } from '../rig/flux.js';
import { GitHttpServer } from '../rig/git-http-server.js';
import { GitWorkTree } from '../rig/git-work-tree.js';
import { rigProgram } from '../rig/rig-folder.js';
import { rigRun } from '../rig/rig-run.js';
import { waitFor } from '../rig/wait-for.js';
import { fluxFiles, fluxObjects, imageStatuses, refusedChartFiles } from './support/flux-objects.js';
import { Product } from './support/product.js';

const CLI = resolve(import.meta.dirname, '..', '..', 'apps', 'cli', 'dist', 'main.js');
const CLUSTER = 'delta';
/** Long enough for every object to be reconciled once, and for its status to reach the hub. */
const SETTLE_TIMEOUT_MS = 180_000;
const AGREE_TIMEOUT_MS = 60_000;

/** What both programs must print alike. */
const listings: readonly string[] = [
  'get sources git',
  'get sources git -A',
  'get sources git --all-namespaces',
  'get sources git -n team',
  'get sources git --namespace=team-a',
  'get sources git apps',
  'get sources git apps -A',
  'get source git lost -n team',
  'get sources git --no-header',
  'get sources git -A --no-header',
  'get sources git --status-selector ready=false',
  'get sources git --status-selector ready=true -A',
  'get sources git --status-selector ready!=true',
  'get sources git --status-selector ArtifactInStorage=true',
  'get sources git -l tier=old',
  'get sources git apps --status-selector ready=false',
  'get kustomizations',
  'get kustomizations -A',
  'get kustomizations -n team',
  'get kustomizations broken',
  'get ks apps -A',
  'get kustomization --no-header',
  'get kustomizations --status-selector ready=false',
  'get kustomizations --status-selector=ready!=true -A',
  'get kustomizations --status-selector Healthy!=true',
  'get kustomizations -l !tier',
  'get kustomizations -A -l tier=old',
  'get kustomizations --show-source',
  'get kustomizations -A --show-source',
  'get sources oci',
  'get sources bucket',
  'get sources helm',
  'get sources helm --status-selector ready=true',
  'get sources chart',
  'get sources all',
  'get sources all -A',
  'get images repository',
  'get images policy',
  'get image update -A',
  'get images all',
  'get helmreleases',
  'get hr -A --show-source',
  'get receivers',
  'get alert-providers',
  'get alert-providers --status-selector ready=true',
  'get all',
  'get all -A',
  'get all --status-selector ready=false',
];

/** What both programs must refuse with the same words. */
const refusals: readonly string[] = [
  'get sources git nope',
  'get sources git nope -A',
  'get kustomizations nope -n team',
  'get sources git -n default',
  'get kustomizations -n default',
  'get sources git -l tier=none',
  'get sources bucket -n team',
  'get helmreleases -l tier=none -A',
];

/** `flotilla get` beside `flux get`, on the same objects of a real cluster: the same bytes, after the column CLUSTER. */
describe('flotilla get and the real flux get', () => {
  let product: Product;
  let cluster: RigCluster;
  let git: GitHttpServer;

  beforeAll(async () => {
    git = await GitHttpServer.start();
    const { url } = await git.createRepository('apps');
    const tree = await GitWorkTree.clone(url);
    await tree.commit('Start', fluxFiles);
    await tree.git('tag', 'v1');
    await tree.git('push', '--quiet', 'origin', 'v1');
    [product, cluster] = await Promise.all([Product.start(), startCluster({ name: CLUSTER })]);
    await installFlux(cluster);
    await installImageKinds(cluster);
    await cluster.kubectl(['apply', '-f', '-'], fluxObjects(url));
    for (const [kind, name, status] of imageStatuses)
      await cluster.kubectl(['patch', kind, name, '--namespace', 'flux-system', '--subresource=status', '--type=merge', '--patch', JSON.stringify({ status })]);
    await (await product.adopt(cluster)).running();

    await untilShown('helmreleases', 'web', /^1\.0\.0\|False\|True\|/);
    await untilShown('sources git', 'paused', /^main@sha1:\w{8}\|False\|True\|/);
    await untilShown('kustomizations', 'paused', /^main@sha1:\w{8}\|False\|True\|/);
    for (const kind of ['gitrepository', 'kustomization'])
      await cluster.kubectl(['patch', kind, 'paused', '--namespace', 'flux-system', '--type=merge', '--patch', '{"spec":{"suspend":true}}']);
    await tree.commit('A chart that is refused', refusedChartFiles);
    await fluxOutput(['reconcile', 'source', 'git', 'apps', '--timeout=60s'], { cluster });
  });

  afterAll(async () => {
    await product?.stop();
    await cluster?.stop();
    await git?.stop();
  });

  /** Waits until flux shows an object by cells, joined by bars, that fit. */
  async function untilShown(kind: string, name: string, cells: RegExp): Promise<void> {
    await waitFor(
      `flux to show ${kind} ${name} as ${cells.source}`,
      async () => {
        const shown = await fluxOutput(['get', ...kind.split(' '), name, '--no-header'], { cluster });
        const row = shown.split('\t').map((cell) => cell.trim());
        if (cells.test(row.slice(1).join('|'))) return true;
        throw new Error(shown);
      },
      { timeoutMs: SETTLE_TIMEOUT_MS, everyMs: 500 },
    );
  }

  /** Both programs at once, again and again until they agree: a status is on its way for a moment. */
  async function agree(command: string, compare: (ours: CommandResult, theirs: CommandResult) => void): Promise<string> {
    return waitFor(
      `flotilla ${command} to print what flux ${command} prints`,
      async () => {
        const words = command.split(' ');
        const [ours, theirs] = await Promise.all([product.cli(...words), runFlux(words, { cluster })]);
        compare(ours, theirs);
        return theirs.stdout.toString() || theirs.stderr;
      },
      { timeoutMs: AGREE_TIMEOUT_MS, everyMs: 500 },
    );
  }

  it.each([
    ['sources git', 'apps', /^main@sha1:\w{8}\|False\|True\|stored artifact/],
    ['sources git', 'pinned', /^v1@sha1:\w{8}\|False\|True\|/],
    ['sources git', 'unreachable', /^\|False\|False\|.*connection refused/],
    ['sources git', 'branchless', /^\|False\|False\|.*couldn't find remote ref/],
    ['sources git', 'paused', /^main@sha1:\w{8}\|True\|True\|stored artifact/],
    ['sources git', 'never', /^\|True\|False\|waiting to be reconciled/],
    ['kustomizations', 'apps', /^main@sha1:\w{8}\|False\|True\|Applied revision/],
    ['kustomizations', 'broken', /^\|False\|False\|failed to decode/],
    ['kustomizations', 'absent', /^\|False\|False\|kustomization path not found/],
    ['kustomizations', 'refused', /^\|False\|False\|.*dry-run failed/],
    ['kustomizations', 'waiting', /^\|False\|False\|Source artifact not found/],
    ['kustomizations', 'after', /^\|False\|False\|dependency .* is not ready/],
    ['kustomizations', 'paused', /^main@sha1:\w{8}\|True\|True\|Applied revision/],
    // the newest release, though the one before it is what runs
    ['helmreleases', 'web', /^1\.1\.0\|False\|False\|Helm upgrade failed/],
    ['images repository', 'web', /^2026-05-03T10:00:00Z\|False\|True\|successful scan/],
    ['images policy', 'web', /^127\.0\.0\.1:1\/web\|1\.1\.0\|True\|/],
    ['images update', 'web', /^2026-05-03T10:05:00Z\|False\|True\|/],
    ['receivers', 'team', /^False\|False\|unable to read token/],
  ] as const)('has a case of %s %s: %s', (kind, name, cells) => untilShown(kind, name, cells));

  it.each(listings)('%s', async (command) => {
    const shown = await agree(command, (ours, theirs) => {
      expect([theirs.code, ours.code]).toEqual([0, 0]);
      expect(withoutCluster(ours.stdout.toString()), `after CLUSTER, of\n${ours.stdout.toString()}`).toBe(theirs.stdout.toString());
    });
    expect(shown.split('\n').length).toBeGreaterThan(1);
  });

  it('get flux-alerts, which flux calls get alerts', async () => {
    const [ours, theirs] = await Promise.all([product.cli('get', 'flux-alerts'), fluxOutput(['get', 'alerts'], { cluster })]);
    expect(withoutCluster(ours.stdout.toString())).toBe(theirs);
  });

  it.each(refusals)('%s is refused', async (command) => {
    await agree(command, (ours, theirs) => {
      expect([theirs.code === 0, ours.code]).toEqual([false, 3]);
      expect(ours.stderr.replace(/^error: /, '')).toBe(theirs.stderr.replace(/^✗ /, ''));
      expect([theirs.stdout.toString(), ours.stdout.toString()]).toEqual(['', '']);
    });
  });

  it('get kustomizations apps --watch', async () => {
    const words = ['get', 'kustomizations', 'apps', '--watch'];
    const ours = await watching('flotilla', process.execPath, [CLI, ...words], { FLOTILLA_URL: product.url, FLOTILLA_TOKEN: product.token });
    const theirs = await watching('flux', rigProgram('flux'), words, cluster.commandEnvironment);
    // flux prints a row for every change of the object, seen in its columns or not
    const same = (what: string, rows: number) =>
      waitFor(
        `both to print ${what}`,
        () => {
          const [shown, expected] = [linesOf(withoutCluster(ours.printed())), linesOf(theirs.printed())];
          expect(shown.length).toBeGreaterThanOrEqual(rows);
          expect([shown[0], shown.at(-1)]).toEqual([expected[0], expected.at(-1)]);
          return true;
        },
        { timeoutMs: AGREE_TIMEOUT_MS, everyMs: 200 },
      );
    try {
      await same('the object', 2);
      await cluster.kubectl(['patch', 'kustomization', 'apps', '--namespace', 'flux-system', '--type=merge', '--patch', '{"spec":{"suspend":true}}']);
      await same('that it is suspended', 3);
      expect(linesOf(ours.printed()).at(-1)).toMatch(/\tTrue\tTrue\tApplied revision/);
    } finally {
      await ours.stop();
      await theirs.stop();
    }
  });
});

/** A program that prints until it is stopped. */
async function watching(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const run = await rigRun();
  const folder = run.folder(name);
  const log = join(folder, 'printed');
  const process = run.spawn(`watch/${name}`, program, args, { log, env: { HOME: folder, ...env } });
  return {
    printed: () => readFileSync(log, 'utf8'),
    async stop(): Promise<void> {
      await process.kill();
      run.removeFolder(folder);
    },
  };
}

function linesOf(table: string): string[] {
  return table.split('\n').filter((line) => line !== '');
}

/** A table less its first column, which must name the cluster; blank below a cell of several lines. */
function withoutCluster(table: string): string {
  return table
    .split('\n')
    .map((line) => {
      if (line === '') return '';
      const end = line.indexOf('\t');
      expect(['CLUSTER', CLUSTER, '']).toContain(line.slice(0, end).trim());
      return line.slice(end + 1);
    })
    .join('\n');
}

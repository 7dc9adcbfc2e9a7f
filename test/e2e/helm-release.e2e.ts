import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from '../rig/cluster.js';
import { fluxOutput, installFlux } from '../rig/flux.js';
import { GitHttpServer } from '../rig/git-http-server.js';
import { GitWorkTree } from '../rig/git-work-tree.js';
import { waitFor } from '../rig/wait-for.js';
import { appSource, helmApp } from './support/apps.js';
import { Product } from './support/product.js';

const SYNC_TIMEOUT_MS = 120_000;

/**
 * The second trap of "Ready": a HelmRelease whose values live in another object stays Ready on the old ones for its interval (an hour here) after its
 * Kustomization reached the commit. The hub has it reconciled, and only then says that the cluster is at the commit.
 */
describe('a HelmRelease', () => {
  let product: Product;
  let cluster: RigCluster;
  let git: GitHttpServer;
  let tree: GitWorkTree;

  beforeAll(async () => {
    git = await GitHttpServer.start();
    const { url } = await git.createRepository('apps');
    tree = await GitWorkTree.clone(url);
    [product, cluster] = await Promise.all([Product.start(), startCluster({ name: 'hotel' })]);
    await installFlux(cluster);
    await tree.commit('Say one', helmApp('one'));
    await cluster.kubectl(['apply', '-f', '-'], appSource('apps', url));
    await product.adopt(cluster);
  });

  afterAll(async () => {
    await product?.stop();
    await cluster?.stop();
    await git?.stop();
  });

  async function word(): Promise<string | undefined> {
    const found = await cluster.api.find<{ data: { word: string } }>('/api/v1/namespaces/default/configmaps/word');
    return found?.data.word;
  }

  async function untilAt(sha: string): Promise<void> {
    await waitFor(
      `the hub to say that hotel is at ${sha}`,
      async () => {
        const { at, reasons } = await product.api.clusters.explain('hotel', `main@sha1:${sha}`);
        if (at) return true;
        throw new Error(reasons.map(({ code, message }) => `${code}: ${message}`).join('; '));
      },
      { timeoutMs: SYNC_TIMEOUT_MS, everyMs: 300 },
    );
  }

  it('is reconciled after each commit, long before its interval, and counts at the commit only then', async () => {
    await untilAt((await tree.git('rev-parse', 'HEAD')).trim());
    expect(await word()).toBe('one');
    for (const next of ['two', 'three']) {
      const sha = await tree.commit(`Say ${next}`, helmApp(next));
      await fluxOutput(['reconcile', 'source', 'git', 'apps', '--timeout=60s'], { cluster });
      await untilAt(sha);
      expect(await word()).toBe(next);
    }
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import {
  collectObjectStatus,
  fieldOwners,
  KubeApiError,
  pinManager,
  suspendManager,
  watchedGroups,
  type KubeApi,
  type KubeObject,
  type KubeResource,
  type WatchEvent,
} from '@flotilla/agent-runtime';
import { objectStatus } from '@flotilla/contracts/agent';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A cluster the contract is tried on. Objects are made as kustomize-controller makes them from Git. */
export interface ContractCluster {
  readonly api: KubeApi;
  /** server-side apply as kustomize-controller, forced */
  declare(object: KubeObject): Promise<void>;
  remove(object: KubeObject): Promise<void>;
  close(): Promise<void>;
}

const namespace = 'contract';
const fluxKinds = [
  'GitRepository',
  'OCIRepository',
  'HelmRepository',
  'Bucket',
  'HelmChart',
  'Kustomization',
  'HelmRelease',
  'Alert',
  'Provider',
  'Receiver',
] as const;
const commit = 'a'.repeat(40);
const later = 'b'.repeat(40);

function aSource(name: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace, labels: { 'flotilla.dev/controlled': 'true' } },
    // suspended, so that no controller fetches: the contract is with the API, not with Flux
    spec: { interval: '10m0s', url: 'https://git.example/fleet.git', ref: { branch: 'main' }, ...spec },
  };
}

/** What an agent relies on of a Kubernetes API. The virtual one and a real one must pass alike. */
export function agentContract(title: string, open: () => Promise<ContractCluster>): void {
  describe(`agent contract: ${title}`, () => {
    let cluster: ContractCluster;
    let sources: KubeResource;
    const get = (name: string): Promise<KubeObject> => cluster.api.get(sources, namespace, name);
    const identity = (object: KubeObject): KubeObject => ({
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: { name: object.metadata.name, namespace, uid: object.metadata.uid ?? '' },
    });

    beforeAll(async () => {
      cluster = await open();
      // a definition is served a moment after it is established
      const found = await until(async () => {
        const kinds = await cluster.api.discover(watchedGroups);
        return fluxKinds.every((kind) => kinds.some((served) => served.kind === kind)) && kinds.find(({ kind }) => kind === 'GitRepository');
      });
      sources = found;
    });
    afterAll(() => cluster.close());

    it('discovers the kinds of Flux in a served version', async () => {
      const kinds = await cluster.api.discover(watchedGroups);
      expect(kinds.map(({ kind }) => kind)).toEqual(expect.arrayContaining([...fluxKinds]));
      expect(new Set(kinds.map(({ group, kind }) => `${group} ${kind}`)).size).toBe(kinds.length);
      expect(kinds.find(({ kind }) => kind === 'Receiver')?.version).toBe('v1');
      expect(kinds.find(({ kind }) => kind === 'Alert')?.version).toBe('v1beta3');
      expect(sources).toEqual({ group: 'source.toolkit.fluxcd.io', version: 'v1', resource: 'gitrepositories', kind: 'GitRepository', namespaced: true });
      expect(await cluster.api.version()).toMatch(/^v1\.\d+\.\d+/);
    });

    it('lists in pages whose union is everything', async () => {
      for (const name of ['page-a', 'page-b', 'page-c']) await cluster.declare(aSource(name));
      const names: string[] = [];
      let next: string | undefined;
      do {
        const page = await cluster.api.list(sources, { limit: 2, ...(next === undefined ? {} : { continue: next }) });
        expect(page.items.length).toBeLessThanOrEqual(2);
        expect(page.items.every(({ kind, apiVersion }) => kind === 'GitRepository' && apiVersion === 'source.toolkit.fluxcd.io/v1')).toBe(true);
        names.push(...page.items.map(({ metadata }) => metadata.name));
        next = page.continue;
      } while (next !== undefined);
      expect(names).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']));
      expect(new Set(names).size).toBe(names.length);
    });

    it('watches every change after the listed version', async () => {
      const { resourceVersion } = await cluster.api.list(sources, { limit: 500 });
      const seen: string[] = [];
      const stop = new AbortController();
      const watching = follow(cluster.api.watch(sources, { resourceVersion, timeoutSeconds: 60, signal: stop.signal }), (event) => {
        if (event.type !== 'bookmark' && event.object.metadata.name === 'watched') seen.push(event.type);
      });
      await cluster.declare(aSource('watched'));
      await cluster.declare(aSource('watched', { interval: '5m0s' }));
      await cluster.remove(aSource('watched'));
      await until(() => seen.includes('deleted'));
      stop.abort();
      await watching;
      expect(seen[0]).toBe('added');
      expect(seen).toContain('modified');
      expect(seen.at(-1)).toBe('deleted');
    });

    it('ends a watch in the time it was given', async () => {
      const { resourceVersion } = await cluster.api.list(sources, { limit: 1 });
      const started = Date.now();
      await follow(cluster.api.watch(sources, { resourceVersion, timeoutSeconds: 1, signal: new AbortController().signal }), () => undefined);
      expect(Date.now() - started).toBeLessThan(10_000);
    });

    it('lets a pin live beside what Git declares, survive it and go', async () => {
      await cluster.declare(aSource('pinned'));
      const before = await get('pinned');
      const pinned = await cluster.api.apply(sources, { ...identity(before), spec: { ref: { commit } } }, { fieldManager: pinManager, force: false });
      expect(pinned.spec?.['ref']).toEqual({ branch: 'main', commit });
      expect(fieldOwners(pinned, ['spec', 'ref', 'commit'])).toEqual([{ manager: pinManager, operation: 'Apply' }]);

      await cluster.declare(aSource('pinned', { interval: '7m0s', ref: { branch: 'main', tag: 'fleet/1' } }));
      expect((await get('pinned')).spec?.['ref']).toEqual({ branch: 'main', tag: 'fleet/1', commit });

      await cluster.api.apply(sources, { ...identity(before), spec: { ref: { commit: later } } }, { fieldManager: pinManager, force: false });
      expect(collectObjectStatus(await get('pinned'), new Date().toISOString()).source).toMatchObject({
        branch: 'main',
        tag: 'fleet/1',
        commit: later,
        commitOwner: pinManager,
      });

      await cluster.api.apply(sources, identity(before), { fieldManager: pinManager, force: false });
      const released = await get('pinned');
      expect(released.spec?.['ref']).toEqual({ branch: 'main', tag: 'fleet/1' });
      expect(fieldOwners(released, ['spec', 'ref', 'commit'])).toEqual([]);
    });

    it('refuses to change a field that Git declares otherwise', async () => {
      await cluster.declare(aSource('declared', { suspend: false, ref: { branch: 'main', commit } }));
      const object = await get('declared');
      for (const [fieldManager, spec] of [
        [pinManager, { ref: { commit: later } }],
        [suspendManager, { suspend: true }],
      ] as const) {
        await expect(cluster.api.apply(sources, { ...identity(object), spec }, { fieldManager, force: false })).rejects.toMatchObject({
          name: 'KubeApiError',
          status: 409,
          code: 'kube-conflict',
        });
      }
      expect(await get('declared')).toMatchObject({ spec: { suspend: false, ref: { commit } } });
    });

    it('suspends and resumes by a manager of its own', async () => {
      await cluster.declare(aSource('suspended'));
      const object = await get('suspended');
      const suspended = await cluster.api.apply(sources, { ...identity(object), spec: { suspend: true } }, { fieldManager: suspendManager, force: false });
      expect(suspended.spec?.['suspend']).toBe(true);
      expect(suspended.metadata.generation).toBe((object.metadata.generation ?? 0) + 1);
      const resumed = await cluster.api.apply(sources, identity(object), { fieldManager: suspendManager, force: false });
      expect(resumed.spec?.['suspend']).toBeUndefined();
    });

    it('creates nothing when the object that was meant is gone', async () => {
      const missing = {
        ...identity(aSource('missing')),
        metadata: { name: 'missing', namespace, uid: '11111111-1111-4111-8111-111111111111' },
        spec: { suspend: true },
      };
      await expect(cluster.api.apply(sources, missing, { fieldManager: suspendManager, force: false })).rejects.toMatchObject({ status: 409 });
      await expect(get('missing')).rejects.toMatchObject({ name: 'KubeApiError', status: 404, code: 'not-found', retryable: false });
    });

    it('annotates by merge patch without a new generation, only for the uid that was meant', async () => {
      await cluster.declare(aSource('requested'));
      const object = await get('requested');
      const annotations = { 'reconcile.fluxcd.io/requestedAt': '2026-01-01T00:00:00Z' };
      const patched = await cluster.api.mergePatch(
        sources,
        namespace,
        'requested',
        { metadata: { uid: object.metadata.uid, annotations } },
        'flux-client-side-apply',
      );
      expect(patched.metadata.annotations).toMatchObject(annotations);
      expect(patched.metadata.generation).toBe(object.metadata.generation);
      expect(patched.metadata.resourceVersion).not.toBe(object.metadata.resourceVersion);
      await expect(
        cluster.api.mergePatch(
          sources,
          namespace,
          'requested',
          { metadata: { uid: '11111111-1111-4111-8111-111111111111', annotations } },
          'flux-client-side-apply',
        ),
      ).rejects.toMatchObject({ name: 'KubeApiError', status: 422, code: 'kube-invalid', retryable: false });
      await expect(
        cluster.api.mergePatch(
          sources,
          namespace,
          'requested',
          { metadata: { resourceVersion: object.metadata.resourceVersion, annotations } },
          'flux-client-side-apply',
        ),
      ).rejects.toMatchObject({ status: 409, code: 'kube-conflict' });
    });

    it('serves objects that make a status the hub takes', async () => {
      await cluster.declare(aSource('status'));
      const status = collectObjectStatus(await get('status'), new Date().toISOString());
      expect(objectStatus.parse(status)).toEqual(status);
      expect(status).toMatchObject({
        kind: 'GitRepository',
        namespace,
        name: 'status',
        generation: 1,
        labels: { 'flotilla.dev/controlled': 'true' },
        source: { url: 'https://git.example/fleet.git', branch: 'main' },
      });
      expect(status.uid).not.toBe('');
    });
  });
}

async function follow(watch: AsyncIterable<WatchEvent>, take: (event: WatchEvent) => void): Promise<void> {
  try {
    for await (const event of watch) take(event);
  } catch (error) {
    // a watch that is aborted on this side ends as a broken connection
    if (!(error instanceof KubeApiError && error.status === 0)) throw error;
  }
}

async function until<T>(condition: () => Promise<T | false | undefined> | T | false | undefined): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await condition();
    if (found !== false && found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('the condition was not met within 20 s');
    await sleep(20);
  }
}

import { FlotillaError } from '@flotilla/contracts';
import { vetKubeconfig } from '@flotilla/domain';
import { KubeClient } from '@flotilla/kube';
import { createOutbound } from '@flotilla/outbound';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from './cluster.js';

const outbound = createOutbound({ allow: ['127.0.0.0/8'] });
let cluster: RigCluster;
const client = (kubeconfig: string) => new KubeClient(vetKubeconfig(kubeconfig), outbound);
async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof FlotillaError ? error.code : `not classified: ${String(error)}`;
  }
}
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};
const thing = { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 'one', namespace: 'things' }, spec: { size: 1 } };

beforeAll(async () => {
  cluster = await startCluster({ name: 'kube' });
});
afterAll(async () => {
  await cluster.stop();
  await outbound.close();
});

describe('kube client on a real API server', () => {
  it('reads version and rights with a token and with a client certificate', async () => {
    for (const kubeconfig of [cluster.kubeconfig, await cluster.clientCertificateKubeconfig()]) {
      const kube = client(kubeconfig);
      expect(await kube.version()).toMatch(/^v1\.\d+\.\d+/);
      expect(await kube.isClusterAdmin()).toBe(true);
      await kube.close();
    }
  });

  it('applies definitions before the objects that need them, twice to the same effect', async () => {
    const kube = client(cluster.kubeconfig);
    const objects = [thing, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'things' } }, definition];
    await kube.applyAll(objects, { fieldManager: 'flux', force: true });
    const first = await kube.get({ apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'things', name: 'one' });
    await kube.applyAll(objects, { fieldManager: 'flux', force: true });
    const second = await kube.get({ apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'things', name: 'one' });
    expect(second?.metadata.resourceVersion).toBe(first?.metadata.resourceVersion);
    expect((await kube.list('example.com/v1', 'Thing', { namespace: 'things' })).map((object) => object.metadata.name)).toEqual(['one']);
    expect(await kube.get({ apiVersion: 'absent.example.com/v1', kind: 'Thing', name: 'x' })).toBeNull();
    await kube.close();
  });

  it('says what is wrong: credentials, rights, objects, owners, address, CA', async () => {
    const kube = client(cluster.kubeconfig);
    expect(
      await codeOf(
        client(cluster.kubeconfig.replace(cluster.token, 'wrong'))
          .version()
          .then(() => client(cluster.kubeconfig.replace(cluster.token, 'wrong')).list('v1', 'Namespace')),
      ),
    ).toBe('kube-unauthorized');
    const weak = client(await cluster.kubeconfigFor('default', 'default'));
    expect(await weak.isClusterAdmin()).toBe(false);
    expect(await codeOf(weak.apply(thing, { fieldManager: 'flux', force: true }))).toBe('kube-forbidden');
    expect(await codeOf(kube.apply({ ...thing, metadata: { ...thing.metadata, namespace: 'absent' } }, { fieldManager: 'flux', force: true }))).toBe(
      'kube-invalid',
    );
    expect(await codeOf(kube.apply({ ...thing, kind: 'Unknown' }, { fieldManager: 'flux', force: true }))).toBe('kube-invalid');
    expect(await codeOf(kube.apply({ ...thing, spec: { size: 2 } }, { fieldManager: 'another', force: false }))).toBe('kube-conflict');
    expect(await codeOf(client(cluster.kubeconfig.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1')).version())).toBe('kube-unreachable');
    expect(await codeOf(client(cluster.kubeconfig.replace(/127\.0\.0\.1:\d+/, '169.254.169.254')).version())).toBe('outbound-blocked');
    expect(await codeOf(new KubeClient(vetKubeconfig(cluster.kubeconfig), createOutbound()).version())).toBe('outbound-blocked');
    const other = Buffer.from((await import('node:tls')).rootCertificates[0] ?? '').toString('base64');
    expect(
      await codeOf(client(cluster.kubeconfig.replace(/"certificate-authority-data": "[^"]+"/, `"certificate-authority-data": "${other}"`)).version()),
    ).toBe('kube-unreachable');
    await kube.close();
  });
});

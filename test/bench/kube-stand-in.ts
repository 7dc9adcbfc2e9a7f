import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { CertificateAuthority } from '../rig/pki.js';

const group = 'kustomize.toolkit.fluxcd.io';

/**
 * As much of a Kubernetes API as an agent needs to follow `count` Kustomizations that never change: discovery, one list, a watch that says nothing. It
 * serves the measurement of the agent's memory only.
 */
export async function startKubeStandIn(folder: string, count: number): Promise<{ kubeconfig: string; close(): void }> {
  mkdirSync(folder, { recursive: true });
  const authority = await CertificateAuthority.create(folder, 'bench');
  const pair = await authority.issue('server', { commonName: 'kube', altNames: ['IP:127.0.0.1'] });
  const answers: Record<string, unknown> = {
    '/version': { gitVersion: 'v1.34.0' },
    '/api/v1/namespaces/kube-system': { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: `bench-${count}` } },
    '/apis': { kind: 'APIGroupList', groups: [{ name: group, versions: [{ groupVersion: `${group}/v1`, version: 'v1' }] }] },
    [`/apis/${group}/v1`]: {
      kind: 'APIResourceList',
      groupVersion: `${group}/v1`,
      resources: [{ name: 'kustomizations', kind: 'Kustomization', namespaced: true, verbs: ['get', 'list', 'watch'] }],
    },
    [`/apis/${group}/v1/kustomizations`]: {
      kind: 'KustomizationList',
      apiVersion: `${group}/v1`,
      metadata: { resourceVersion: '1' },
      items: Array.from({ length: count }, (_, index) => kustomization(index)),
    },
  };
  const server: Server = createServer({ key: pair.key, cert: pair.certificate }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://kube');
    const answer = answers[url.pathname] ?? { items: [] };
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.has('watch')) response.flushHeaders();
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = path.join(folder, 'kubeconfig');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const named = (key: string, value: object): object[] => [{ name: 'bench', [key]: value }];
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'bench',
      clusters: named('cluster', { server: url, 'certificate-authority-data': Buffer.from(authority.certificate).toString('base64') }),
      users: named('user', { token: 'bench' }),
      contexts: named('context', { cluster: 'bench', user: 'bench' }),
    }),
  );
  return {
    kubeconfig,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function kustomization(index: number): object {
  const revision = `main@sha1:${'a'.repeat(40)}`;
  return {
    apiVersion: `${group}/v1`,
    kind: 'Kustomization',
    metadata: { name: `workload-${index}`, namespace: 'flux-system', uid: `uid-${index}`, generation: 1, resourceVersion: '1', labels: {} },
    spec: { interval: '10m', path: `./apps/${index}`, prune: true, wait: true, sourceRef: { kind: 'GitRepository', name: 'fleet' } },
    status: {
      observedGeneration: 1,
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'ReconciliationSucceeded',
          message: `Applied revision: ${revision}`,
          observedGeneration: 1,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
      inventory: { entries: Array.from({ length: 10 }, (_, item) => ({ id: `apps_object-${item}_apps_Deployment`, v: 'v1' })) },
    },
  };
}

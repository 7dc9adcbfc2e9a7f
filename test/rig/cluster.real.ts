import { createHash, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type RigCluster } from './cluster.js';
import { KubeRest, KubeStatusError } from './kube-rest.js';
import { waitFor } from './wait-for.js';

function presentedCertificate(server: string, ca: string): Promise<{ authorized: boolean; issuer: string }> {
  const { hostname, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca }, () => {
      const issuer = new X509Certificate(socket.getPeerCertificate(true).issuerCertificate.raw);
      resolve({ authorized: socket.authorized, issuer: createHash('sha256').update(issuer.raw).digest('hex') });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a cluster of the rig', () => {
  let cluster: RigCluster;

  beforeAll(async () => {
    const started = Date.now();
    cluster = await startCluster({ name: 'alpha' });
    process.stdout.write(`cluster ready in ${Date.now() - started} ms\n`);
  }, 120_000);

  afterAll(async () => {
    await cluster?.stop();
  }, 60_000);

  it('presents a certificate that its own CA signed, and no other CA is accepted', async () => {
    const presented = await presentedCertificate(cluster.server, cluster.ca.certificate);
    expect(presented).toEqual({ authorized: true, issuer: cluster.ca.fingerprint });
    const stranger = new KubeRest(cluster.server, new X509Certificate(cluster.ca.certificate).toString().replace(/[A-Z]{4}/, 'AAAA'), cluster.token);
    await expect(stranger.get('/readyz')).rejects.toThrow();
  });

  it('gives kubeconfigs with everything inline, by token and by client certificate', async () => {
    for (const text of [cluster.kubeconfig, await cluster.clientCertificateKubeconfig()]) {
      expect(text).toContain('certificate-authority-data');
      expect(text).not.toMatch(/insecure|exec|certificate-authority"|client-certificate"|client-key"/);
    }
    const file = join(cluster.folder, 'client-certificate.kubeconfig');
    writeFileSync(file, await cluster.clientCertificateKubeconfig());
    const answer = await cluster.kubectl(['--kubeconfig', file, 'auth', 'whoami', '-o', 'json']);
    expect(JSON.parse(answer)).toMatchObject({ status: { userInfo: { username: 'admin' } } });
  });

  it('makes Deployments available, and leaves one pending that no node can take', async () => {
    await cluster.kubectl(['create', 'deployment', 'web', '--image=example.invalid/web:1']);
    await cluster.kubectl(['wait', 'deployment/web', '--for=condition=Available', '--timeout=60s']);
    await cluster.kubectl(['apply', '-f', '-'], unschedulableDeployment('stuck'));
    const pod = await waitFor('the pod that cannot be scheduled', async () => {
      const { items } = JSON.parse(await cluster.kubectl(['get', 'pods', '-l', 'app=stuck', '-o', 'json'])) as {
        items: { status: { conditions?: { type: string; reason?: string }[] } }[];
      };
      return items[0]?.status.conditions?.find(({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable');
    });
    expect(pod.reason).toBe('Unschedulable');
  });

  it('enforces RBAC on the token of a ServiceAccount', async () => {
    await cluster.kubectl(['create', 'namespace', 'team']);
    await cluster.kubectl(['create', 'serviceaccount', 'viewer', '-n', 'team']);
    await cluster.kubectl(['create', 'rolebinding', 'viewer', '-n', 'team', '--clusterrole=view', '--serviceaccount=team:viewer']);
    const viewer = cluster.api.as(await cluster.serviceAccountToken('team', 'viewer'));
    await waitFor('the view role', () => viewer.find('/api/v1/namespaces/team/configmaps'));
    const refusal = await viewer.get('/api/v1/namespaces/team/secrets').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(KubeStatusError);
    expect((refusal as KubeStatusError).status).toBe(403);
  });

  it('finishes deleting a namespace', async () => {
    await cluster.kubectl(['create', 'namespace', 'gone']);
    await cluster.kubectl(['create', 'configmap', 'left', '-n', 'gone']);
    await cluster.kubectl(['delete', 'namespace', 'gone', '--timeout=60s']);
    expect(await cluster.api.find('/api/v1/namespaces/gone')).toBeUndefined();
  });
});

function unschedulableDeployment(name: string): string {
  return JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { nodeSelector: { 'example.invalid/absent': 'true' }, containers: [{ name: 'main', image: 'example.invalid/web:1' }] },
      },
    },
  });
}

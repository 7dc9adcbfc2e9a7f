import { describe, expect, it } from 'vitest';
import { now, someId } from '../../../../test/support/cli/builders.js';
import { fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

const hub = fakeHub();

const session = (permissions: string[]) => ({ subject: 'token:ci', kind: 'token', grants: [], permissions, expiresAt: null });
const distribution = { id: someId, version: 'v2.9.4', digest: `sha256:${'a'.repeat(64)}`, components: [], sizeBytes: 1, createdAt: now, createdBy: 'admin' };
const server = (gitVersion: string) => ({ programs: () => ({ stdout: JSON.stringify({ serverVersion: { gitVersion } }) }) });

describe('check --pre without a name', () => {
  it('looks at the hub, its release of Flux and the Kubernetes of the kubeconfig, before the cluster is known', async () => {
    hub.on('GET /session', session(['bootstrap:start'])).on('GET /distributions', page(distribution));
    const called: (readonly string[])[] = [];
    const { code, stderr } = await flotilla(hub.url, ['check', '--pre', '--context', 'lab'], {
      programs: (program, args) => {
        called.push([program, ...args]);
        return { stdout: JSON.stringify({ serverVersion: { gitVersion: 'v1.36.3' } }) };
      },
    });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        '► checking prerequisites\n✔ hub: it answers, and token:ci may bootstrap\n✔ distribution: Flux v2.9.4 is imported\n✔ kubernetes: Kubernetes v1.36.3\n✔ prerequisites checks passed\n',
    });
    expect(called).toEqual([['kubectl', 'version', '-o', 'json', '--context', 'lab']]);
  });

  it('says of each what is missing and what to do, and exits 4', async () => {
    hub.on('GET /session', session(['clusters:read'])).on('GET /distributions', page());
    const { code, stderr } = await flotilla(hub.url, ['check', '--pre'], server('v1.29.0'));
    expect(code).toBe(4);
    expect(stderr).toContain('do: use a token of role admin');
    expect(stderr).toContain('do: flux install --export > flux.yaml, then: flotilla distribution import flux.yaml');
    expect(stderr).toContain('Kubernetes v1.29.0 is older than 1.33');
    const broken = await flotilla(hub.url, ['check', '--pre'], { programs: () => ({ code: 1, stderr: 'no route to host\n' }) });
    expect(broken).toMatchObject({ code: 4, stderr: expect.stringContaining('kubectl does not reach the cluster: no route to host') });
    expect((await flotilla(hub.url, ['check', '--pre'], { programs: () => ({ stdout: '{' }) })).stderr).toContain('kubectl gave no version of the server');
  });

  it('says what is wrong with the hub', async () => {
    hub.on('GET /session', problem('unauthenticated', 401, 'the token is not known'));
    expect(await flotilla(hub.url, ['check', '--pre'])).toMatchObject({ code: 1, stderr: expect.stringContaining('the token is not known') });
  });
});

it('check without a name and without --pre asks for one', async () => {
  expect(await flotilla(hub.url, ['check'])).toMatchObject({ code: 2, stderr: expect.stringContaining('give the name of a cluster, or --pre') });
});

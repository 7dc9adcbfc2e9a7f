import { describe, expect, it } from 'vitest';
import { aCommand, anObject, someId } from '../../../../test/support/cli/builders.js';
import { fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

const hub = fakeHub();

const commandId = aCommand().id;
const apps = ['kustomization', 'apps', '--cluster', 'prod-eu-1'];
const handled = { handledReconcileAt: 'later' };
const notReady = [{ type: 'Ready', status: 'False' as const, reason: 'BuildFailed', message: 'kustomize build failed' }];
const progressing = [
  { type: 'Ready', status: 'Unknown' as const, reason: 'Progressing', message: '' },
  { type: 'Reconciling', status: 'True' as const, reason: 'Progressing', message: '' },
];

describe('reconcile, suspend, resume', () => {
  it('reconciles and waits until the request is handled and the object ready', async () => {
    hub
      .on(
        'GET /objects',
        page(anObject()),
        page(anObject()),
        page(anObject({ status: { ...handled, conditions: progressing } })),
        page(anObject({ status: handled })),
      )
      .on(`POST /clusters/${someId}/commands`, aCommand())
      .on(`GET /commands/${commandId}`, aCommand({ state: 'delivered' }), aCommand({ state: 'succeeded' }));
    const { code, stdout, stderr } = await flotilla(hub.url, ['reconcile', ...apps, '--with-source']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      '► reconcile Kustomization apps in prod-eu-1',
      '◎ waiting for Kustomization apps',
      '✔ Kustomization apps is ready at main@sha1:1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e1f7a5c3e',
      '',
    ]);
    expect(hub.bodies(`POST /clusters/${someId}/commands`)).toEqual([
      { type: 'reconcile', object: { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' }, withSource: true, ttlSeconds: 60 },
    ]);
  });

  it('exits 4 when the object is not ready afterwards, is suspended before, or the agent refuses', async () => {
    hub
      .on('GET /objects', page(anObject()), page(anObject({ status: { ...handled, conditions: notReady } })))
      .on(`POST /clusters/${someId}/commands`, aCommand())
      .on(`GET /commands/${commandId}`, aCommand({ state: 'succeeded' }));
    const failed = await flotilla(hub.url, ['reconcile', ...apps]);
    expect(failed.code).toBe(4);
    expect(failed.stderr).toContain('is not ready: kustomize build failed');

    hub.on('GET /objects', page(anObject({ status: { suspended: true } })));
    expect(await flotilla(hub.url, ['reconcile', ...apps])).toMatchObject({ code: 4, stderr: expect.stringContaining('is suspended; resume it first') });

    hub.on('GET /objects', page(anObject())).on(`GET /commands/${commandId}`, aCommand({ state: 'refused', message: 'the root is not steered' }));
    expect(await flotilla(hub.url, ['suspend', ...apps])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('answered refused: the root is not steered'),
    });
  });

  it('exits 5 when nothing happens in time, and 3 when there is no such object', async () => {
    hub
      .on('GET /objects', page(anObject()))
      .on(`POST /clusters/${someId}/commands`, aCommand())
      .on(`GET /commands/${commandId}`, aCommand({ state: 'pending' }));
    expect(await flotilla(hub.url, ['reconcile', ...apps, '--timeout', '5s'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('did not happen within 5 s'),
    });
    hub.on('GET /objects', page());
    expect((await flotilla(hub.url, ['reconcile', ...apps])).code).toBe(3);
  });

  it('suspends when the agent has done it, resumes when the object is ready again', async () => {
    hub
      .on('GET /objects', page(anObject()))
      .on(`POST /clusters/${someId}/commands`, aCommand())
      .on(`GET /commands/${commandId}`, aCommand({ state: 'succeeded' }));
    expect(await flotilla(hub.url, ['suspend', 'source', 'git', 'fleet', '--cluster', 'prod-eu-1', '-n', 'apps'])).toMatchObject({ code: 3 });
    hub.on('GET /objects', page(anObject({ status: { kind: 'GitRepository', namespace: 'apps', name: 'fleet' } })));
    expect(await flotilla(hub.url, ['suspend', 'source', 'git', 'fleet', '--cluster', 'prod-eu-1', '-n', 'apps'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('✔ GitRepository fleet is suspended'),
    });
    hub.on('GET /objects', page(anObject({ status: { suspended: true } })), page(anObject({ status: { suspended: true } })), page(anObject()));
    expect(await flotilla(hub.url, ['resume', ...apps])).toMatchObject({ code: 0, stderr: expect.stringContaining('✔ Kustomization apps is ready') });
  });

  it('does not wait with --no-wait, and needs a cluster', async () => {
    hub.on('GET /objects', page(anObject())).on(`POST /clusters/${someId}/commands`, aCommand());
    expect(await flotilla(hub.url, ['reconcile', ...apps, '--no-wait'])).toMatchObject({ code: 0, stdout: `command/${commandId}\n` });
    expect((await flotilla(hub.url, ['reconcile', 'kustomization', 'apps'])).code).toBe(2);
    hub.on(`POST /clusters/${someId}/commands`, problem('read-only-agent', 409, 'the agent of prod-eu-1 was joined read-only'));
    expect(await flotilla(hub.url, ['reconcile', ...apps])).toMatchObject({ code: 1, stderr: expect.stringContaining('code: read-only-agent') });
  });
});

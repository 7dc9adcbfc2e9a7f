import { describe, expect, it } from 'vitest';
import { aRollback, shaA, someId } from '../../../../test/support/cli/builders.js';
import { fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';

const hub = fakeHub();

const [target] = aRollback().targets;
const preview = {
  to: `main@sha1:${shaA}`,
  sha: shaA,
  subject: 'Raise replicas',
  gitReachable: true,
  gitMessage: '',
  budget: { namespaces: 0, persistentVolumeClaims: 0, customResourceDefinitions: 0 },
  targets: [
    { ...target, deletions: ['ConfigMap/apps/new'], warnings: ['the feature gate is off: a running health wait may take 142 s'] },
    { ...target, cluster: 'prod-eu-2', deletionsKnown: false, held: 'no inventory was recorded at that revision' },
  ],
};
const start = ['rollback', '--selector', 'region=eu', '--to', shaA, '--reason', 'checkout fails'];

describe('rollback', () => {
  it('shows what would happen', async () => {
    hub.on('POST /rollbacks/preview', preview);
    const { code, stdout } = await flotilla(hub.url, ['rollback', '--selector', 'region=eu', '--to', shaA, '--preview']);
    expect(code).toBe(0);
    await expect(stdout).toMatchFileSnapshot('../../../../test/golden/cli/rollback-preview.txt');
    expect(hub.bodies('POST /rollbacks/preview')).toEqual([{ selector: 'region=eu', to: shaA, method: 'tag' }]);
    expect(hub.bodies('POST /rollbacks')).toEqual([]);
  });

  it('asks a person, and without one wants --yes', async () => {
    hub.on('POST /rollbacks/preview', preview).on('POST /rollbacks', aRollback());
    expect(await flotilla(hub.url, start)).toMatchObject({ code: 2, stderr: expect.stringContaining('add --yes') });
    expect(await flotilla(hub.url, start, { answer: 'n' })).toMatchObject({ code: 4, stderr: expect.stringContaining('nothing was done') });
    expect(hub.bodies('POST /rollbacks')).toEqual([]);
    expect(await flotilla(hub.url, start, { answer: 'y' })).toMatchObject({ code: 0, stdout: `rollback/${someId}\n` });
    expect(hub.bodies('POST /rollbacks')).toEqual([{ selector: 'region=eu', to: shaA, method: 'tag', reason: 'checkout fails', acceptDeletions: [] }]);
  });

  it('follows every cluster until it is held, and exits 4 for those held back', async () => {
    const done = aRollback({ state: 'held', targets: aRollback().targets.map((one) => ({ ...one, state: 'held' as const })) });
    hub
      .on('POST /rollbacks/preview', preview)
      .on('POST /rollbacks', aRollback())
      .on(`GET /rollbacks/${someId}`, aRollback(), aRollback({ state: 'committing' }), done);
    const followed = await flotilla(hub.url, [...start, '--yes', '--wait', '--revert', '--cluster', 'prod-eu-1,prod-eu-2']);
    expect(followed).toMatchObject({ code: 0, stderr: expect.stringContaining('✔ rollback 7 is held') });
    expect(hub.bodies('POST /rollbacks')).toEqual([
      { selector: 'region=eu', clusters: ['prod-eu-1', 'prod-eu-2'], to: shaA, method: 'revert', reason: 'checkout fails', acceptDeletions: [] },
    ]);
    hub.on('POST /rollbacks', aRollback({ targets: aRollback().targets.map((one) => ({ ...one, held: 'not connected' })) }));
    expect(await flotilla(hub.url, [...start, '--yes'])).toMatchObject({ code: 4, stderr: expect.stringContaining('held back: prod-eu-1 (not connected)') });
  });

  it('exits 1 with the reason of each cluster when it failed', async () => {
    hub
      .on('POST /rollbacks/preview', preview)
      .on('POST /rollbacks', aRollback())
      .on(
        `GET /rollbacks/${someId}`,
        aRollback({ state: 'failed', targets: aRollback().targets.map((one) => ({ ...one, state: 'failed' as const, detail: 'the agent expired' })) }),
      );
    expect(await flotilla(hub.url, [...start, '--yes', '--wait'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rollback 7 failed: prod-eu-1: the agent expired'),
    });
  });

  it('is lifted by number', async () => {
    hub
      .on('GET /rollbacks', page(aRollback()))
      .on(`POST /rollbacks/${someId}/lift`, aRollback({ state: 'lifting' }))
      .on(`GET /rollbacks/${someId}`, aRollback({ state: 'lifted' }));
    expect(await flotilla(hub.url, ['rollback', '--lift', '7', '--wait'])).toMatchObject({ code: 0, stderr: expect.stringContaining('rollback 7 is lifted') });
    expect((await flotilla(hub.url, ['rollback', '--lift', '8'])).code).toBe(3);
  });

  it('wants a scope, a revision and a reason; an unknown revision exits 3', async () => {
    expect((await flotilla(hub.url, ['rollback', '--to', shaA])).stderr).toContain('give --selector or --cluster');
    expect((await flotilla(hub.url, ['rollback', '--selector', ''])).stderr).toContain('give --to REVISION');
    hub.on('POST /rollbacks/preview', preview);
    expect((await flotilla(hub.url, ['rollback', '--selector', '', '--to', shaA])).stderr).toContain('give --reason');
    hub.on('POST /rollbacks/preview', problem('revision-unknown', 404, 'no commit 1f7a5c3 in fleet'));
    expect((await flotilla(hub.url, start)).code).toBe(3);
  });
});

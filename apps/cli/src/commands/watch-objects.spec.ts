import { describe, expect, it } from 'vitest';
import { anObject } from '../../../../test/support/cli/builders.js';
import { events, fakeHub, page, problem } from '../../../../test/support/cli/fake-hub.js';
import { flotilla } from '../../../../test/support/cli/run-flotilla.js';
import { rowChanges } from './watch-objects.js';

const refresh = { topic: 'refresh', clusterIds: [] };
const objects = { topic: 'objects', clusterIds: [] };
const header = `CLUSTER  \tNAME\tREVISION          \tSUSPENDED\tREADY\t${'MESSAGE'.padEnd(36)} \n`;
const row = (suspended: string) => `prod-eu-1\tapps\tmain@sha1:1f7a5c3e\t${suspended}\tTrue \tApplied revision: main@sha1:1f7a5c3e\t\n`;
/** Without a header nothing pads the columns. */
const bareRow = (suspended: string) => row(suspended).replace('True \tApplied', 'True\tApplied').replace('False    ', 'False');
const over = problem('unauthenticated', 401, 'the token has expired');

const hub = fakeHub();

describe('get … --watch', () => {
  it('prints rows again when they change, and says what is gone', async () => {
    hub
      .on('GET /events', events(refresh, { topic: 'ledger', clusterIds: [] }), events(objects), events(objects), events(objects), over)
      .on('GET /objects', page(anObject()), page(anObject()), page(anObject({ status: { suspended: true } })), page());
    const { code, stdout, stderr } = await flotilla(hub.url, ['get', 'ks', '-w']);
    expect(stdout).toBe(header + row('False    ') + bareRow('True'));
    expect(stderr).toBe('prod-eu-1/kustomization/flux-system/apps is gone\nerror: the token has expired\ncode: unauthenticated\n');
    expect(code).toBe(1);
    // the first asks for all, the others go on after the last event that was seen
    expect(hub.requests.filter(({ path }) => path === '/events').map(({ lastEventId }) => lastEventId)).toEqual(['0', '2', '1', '1', '1']);
  });

  it('waits for a hub that is away, once it was reached', async () => {
    const away = problem('unavailable', 503, 'starting');
    hub.on('GET /events', events(refresh), away, away, events(objects), over).on('GET /objects', page(anObject()));
    const { stdout, stderr } = await flotilla(hub.url, ['get', 'ks', '--watch', '--no-header']);
    expect(stdout).toBe(bareRow('False'));
    expect(stderr.split('\n').filter((line) => line.startsWith('the hub does not answer'))).toHaveLength(1);
    hub.on('GET /events', away);
    expect(await flotilla(hub.url, ['get', 'ks', '--watch'])).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('starting') });
  });

  it('ends when the list is refused', async () => {
    hub.on('GET /events', events(refresh)).on('GET /objects', problem('forbidden', 403, 'not yours'));
    expect(await flotilla(hub.url, ['get', 'ks', '--watch'])).toMatchObject({ code: 1, stderr: expect.stringContaining('not yours') });
  });

  it('is for tables of one kind', async () => {
    expect((await flotilla(hub.url, ['get', 'ks', '-w', '-o', 'json'])).code).toBe(2);
    expect((await flotilla(hub.url, ['get', 'all', '-w'])).code).toBe(2);
  });
});

describe('rowChanges', () => {
  const named = (name: string) => anObject({ status: { name } });
  const key = (name: string) => `prod-eu-1/kustomization/flux-system/${name}`;
  it('shows what is new or different, hides what a selector hides, names what is gone', () => {
    const before = new Map([
      [key('same'), 'x'],
      [key('other'), 'y'],
      [key('gone'), 'x'],
      [key('hidden'), 'x'],
      [key('back'), undefined],
    ]);
    const { changed, gone, rows } = rowChanges(before, ['same', 'other', 'new', 'hidden', 'back'].map(named), ({ status }) =>
      status.name === 'hidden' ? undefined : 'x',
    );
    expect(changed.map(({ status }) => status.name)).toEqual(['other', 'new', 'back']);
    expect(gone).toEqual([key('gone')]);
    expect([...rows.keys()]).toEqual(['same', 'other', 'new', 'hidden', 'back'].map(key));
  });
});

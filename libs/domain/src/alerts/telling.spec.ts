import { describe, expect, it } from 'vitest';
import { type GroupState, nextFlush } from './group-timers.js';
import { alertChange, objectAlertLabels } from './object-alerts.js';
import { renderText, renderWebhook, type ToldAlert } from './render-notification.js';

const at = (seconds: number): Date => new Date(seconds * 1_000);
const timers = { groupWaitMs: 10_000, groupIntervalMs: 60_000, repeatIntervalMs: 3_600_000, sendResolved: true };
const group = (over: Partial<GroupState> = {}): GroupState => ({ firstAt: at(0), lastSentAt: at(10), toldFiring: ['a'], toldResolved: [], ...over });

describe('group timers', () => {
  it.each<[string, GroupState, { firing: string[]; resolved: string[] }, number, boolean]>([
    ['a new alert in a new group', group({ lastSentAt: null, toldFiring: [] }), { firing: ['a'], resolved: [] }, 10, true],
    ['nothing of a group that recovered before it was told', group({ lastSentAt: null, toldFiring: [] }), { firing: [], resolved: ['a'] }, 10, false],
    ['nothing new', group(), { firing: ['a'], resolved: [] }, 70, false],
    ['one more', group(), { firing: ['a', 'b'], resolved: [] }, 70, true],
    ['fewer, one recovered', group({ toldFiring: ['a', 'b'] }), { firing: ['a'], resolved: ['b'] }, 70, true],
    ['the recovery of all', group(), { firing: [], resolved: ['a'] }, 70, true],
    ['the same after the repeat interval', group(), { firing: ['a'], resolved: [] }, 3_610, true],
    ['not before', group(), { firing: ['a'], resolved: [] }, 3_609, false],
  ])('tell %s', (_, state, alerts, now, send) => {
    const decision = nextFlush(state, alerts, timers, at(now));
    expect(decision.send).toBe(send);
    expect(decision.nextFlushAt).toEqual(alerts.firing.length === 0 ? null : at(now + 60));
  });
  it('tell no recovery where it is not wanted', () => {
    expect(nextFlush(group(), { firing: [], resolved: ['a'] }, { ...timers, sendResolved: false }, at(70)).send).toBe(false);
  });
});

describe('object alerts', () => {
  it.each([
    ['failed', 'raise'],
    ['progressing', 'keep'],
    ['unknown', 'keep'],
    ['ready', 'resolve'],
    ['suspended', 'resolve'],
    [null, 'resolve'],
  ] as const)('%s: %s', (state, change) => expect(alertChange(state)).toBe(change));
});

describe('message', () => {
  const failed = (cluster: string, over: Partial<ToldAlert> = {}): ToldAlert => ({
    fingerprint: cluster,
    labels: objectAlertLabels(cluster, { kind: 'Kustomization', namespace: 'flux-system', name: 'workloads' }, 'health'),
    annotations: { description: 'HealthCheckFailed: timeout', revision: `main@sha1:${'b'.repeat(40)}` },
    startsAt: at(1),
    endsAt: null,
    author: 'ada',
    subject: 'Break it',
    ...over,
  });
  const told = { key: 'k', receiver: 'team', labels: { alertname: 'FluxObjectFailed' }, externalUrl: 'https://hub.example.org' };
  it('is one for all, in Alertmanager’s shape, with cluster, object, revision and author', () => {
    const message = renderWebhook(told, [failed('b', { endsAt: at(9) }), failed('a')]);
    expect(message).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'team',
      truncatedAlerts: 0,
      groupLabels: { alertname: 'FluxObjectFailed' },
      commonLabels: { kind: 'Kustomization', stage: 'health' },
      externalURL: 'https://hub.example.org',
      alerts: [
        {
          status: 'firing',
          cluster: 'a',
          object: 'Kustomization/flux-system/workloads',
          revision: `main@sha1:${'b'.repeat(40)}`,
          author: 'ada',
          endsAt: '0001-01-01T00:00:00Z',
        },
        { status: 'resolved', cluster: 'b', endsAt: at(9).toISOString() },
      ],
    });
    expect(message.commonLabels).not.toHaveProperty('cluster');
    expect(renderText(message)).toEqual({
      title: '[FIRING:1] FluxObjectFailed in 2 clusters',
      text: expect.stringContaining('firing: a Kustomization/flux-system/workloads (health) at main@sha1:bbbbbbbb by ada "Break it"') as string,
    });
  });
  it('is bounded, and says how many it left out', () => {
    const many = renderWebhook(
      told,
      Array.from({ length: 250 }, (_, n) => failed(`c${n}`)),
    );
    expect(many).toMatchObject({ truncatedAlerts: 50, alerts: { length: 200 } });
    expect(renderText(many)).toMatchObject({ title: expect.stringContaining('FIRING:250') as string, text: expect.stringContaining('and 230 more') as string });
  });
  it('says that all recovered', () => {
    expect(renderText(renderWebhook(told, [failed('a', { endsAt: at(9) })])).title).toBe('[RESOLVED] FluxObjectFailed in 1 cluster');
  });
});

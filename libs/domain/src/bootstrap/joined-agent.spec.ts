import { describe, expect, it } from 'vitest';
import { type JoinedAgent, needsJoinSecret, reportedSince } from './joined-agent.js';

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 12, minute));
const cluster = { clusterUid: 'new', startedAt: at(10) };
const agent = (over: Partial<JoinedAgent> = {}): JoinedAgent => ({
  clusterUid: 'new',
  acceptedAt: at(1),
  reportedUid: 'new',
  snapshotAt: at(2),
  heardAt: at(11),
  ...over,
});

describe('the join Secret of a bootstrap', () => {
  it.each([
    ['nobody joined', null, true, true],
    ['the agent of this cluster joined and holds its key', agent(), true, false],
    ['the agent is of a cluster of before', agent({ clusterUid: 'old' }), true, true],
    ['the agent could not tell its cluster', agent({ clusterUid: '' }), true, false],
    ['the key of the agent is not in this cluster', agent(), false, true],
    ['neither the key nor the cluster is known', agent({ clusterUid: '' }), false, true],
  ])('when %s', (_, joined, identityHeld, needed) => expect(needsJoinSecret(joined, cluster, identityHeld)).toBe(needed));

  it('compares no UID that could not be read', () => {
    expect(needsJoinSecret(agent({ clusterUid: 'old' }), { ...cluster, clusterUid: undefined }, true)).toBe(false);
  });
});

describe('the first report of a bootstrap', () => {
  it.each([
    ['nobody joined', null, null],
    ['heard since the start', agent(), at(11)],
    ['accepted since the start', agent({ acceptedAt: at(11), snapshotAt: at(12), heardAt: at(12) }), at(12)],
    ['no snapshot', agent({ snapshotAt: null }), null],
    ['heard before the start only', agent({ heardAt: at(9) }), null],
    ['a snapshot of the agent before', agent({ acceptedAt: at(11) }), null],
    ['an agent of another cluster', agent({ clusterUid: 'old' }), null],
    ['a report of another cluster', agent({ reportedUid: 'old' }), null],
    ['an agent that cannot tell its cluster', agent({ clusterUid: '', reportedUid: null }), at(11)],
  ])('%s', (_, joined, reported) => expect(reportedSince(joined, cluster)).toEqual(reported));
});

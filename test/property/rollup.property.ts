import fc from 'fast-check';
import { clusterStateAt, rollup, type RollupObject, silentAfterMs } from '@flotilla/domain';
import { describe, expect, it } from 'vitest';

const states = ['failed', 'progressing', 'suspended', 'applied', 'ready'] as const;
const sha = fc.constantFrom('a'.repeat(40), 'b'.repeat(40));
const object: fc.Arbitrary<RollupObject> = fc
  .record({
    kind: fc.constantFrom('GitRepository', 'Kustomization', 'HelmRelease', 'Alert'),
    name: fc.constantFrom('fleet', 'flux-system', 'x', 'y'),
    state: fc.constantFrom(...states),
    sha: fc.option(sha),
    controlled: fc.boolean(),
  })
  .map(({ kind, name, state, sha: at, controlled }) => ({
    kind,
    name,
    // of these kinds, only Alert has no status
    state: kind === 'Alert' ? ('none' as const) : state,
    sha: at,
    namespace: 'flux-system',
    stage: null,
    message: '',
    revision: at && `main@sha1:${at}`,
    controlled: kind === 'GitRepository' && controlled && name !== 'flux-system',
    source: kind === 'Kustomization' ? 'GitRepository/flux-system/fleet' : null,
  }));
const objects = fc.array(object, { maxLength: 12 });
/** Greener is higher. */
const green = ['failing', 'progressing', 'suspended', 'ready'];
const ofObject: Record<RollupObject['state'], number> = { failed: 0, progressing: 1, suspended: 2, applied: 3, ready: 3, none: 3 };

describe('rollup', () => {
  it('is never greener than its worst part, and the parts add up', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const seen = rollup(all);
        for (const one of all) expect(green.indexOf(seen.worst)).toBeLessThanOrEqual(ofObject[one.state]);
        expect(seen.ready + seen.failing + seen.progressing + seen.suspended).toBe(seen.objects);
      }),
    );
  });

  it('does not depend on the order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(object, { maxLength: 8, selector: (one) => `${one.kind}/${one.name}` }), (all) => {
        expect(rollup([...all].reverse())).toEqual(rollup(all));
      }),
    );
  });

  it('gives a revision only when no Kustomization of the controlled source is elsewhere', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const { revision } = rollup(all);
        if (revision === null) return;
        const fleet = all.find((one) => one.kind === 'GitRepository' && one.name === 'fleet' && one.controlled);
        if (fleet) for (const one of all) if (one.kind === 'Kustomization') expect(one.sha).toBe(fleet.sha);
      }),
    );
  });

  it('is unknown for whoever was silent for two heartbeats, whatever is stored', () => {
    fc.assert(
      fc.property(fc.constantFrom(...green), fc.integer({ min: 0, max: 10 * silentAfterMs }), (worst, quietMs) => {
        const now = new Date(1e12);
        const { state } = clusterStateAt(
          { worst, worstSince: now, worstReason: '', lastReceivedAt: new Date(now.getTime() - quietMs), contestedAt: null },
          now,
        );
        expect(state).toBe(quietMs >= silentAfterMs ? 'unknown' : worst);
      }),
    );
  });
});

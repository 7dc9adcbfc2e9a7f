import type { ObjectStatus } from '@flotilla/contracts';
import { type CommandView, nextStep, type ObservedTarget, rollbackState, type TargetIntent, type TargetState } from '@flotilla/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const good = 'a'.repeat(40);
const bad = 'b'.repeat(40);

/** A cluster with Flux and an agent, as far as one source goes; Git as far as one file goes. Every turn it may misbehave. */
class World {
  now = 0;
  git: { tag: string | undefined } = { tag: undefined };
  cluster: { tag: string | undefined; commit: string | undefined; at: string } = { tag: undefined, commit: undefined, at: bad };
  reported = { ...this.cluster };
  fresh = true;
  pin: CommandView | null = null;
  release: CommandView | null = null;
  wentBack = false;

  intent(over: Partial<TargetIntent>): TargetIntent {
    return {
      source: { namespace: 'flux-system', name: 'fleet' },
      sha: good,
      tag: 'fleet/1',
      method: 'tag',
      held: null,
      superseded: false,
      lifting: false,
      state: 'pending',
      git: null,
      since: new Date(0),
      reconciledAt: null,
      ...over,
    };
  }
  observed(): ObservedTarget {
    const { tag, commit, at } = this.reported;
    const source: ObjectStatus = {
      apiVersion: 'v1',
      kind: 'GitRepository',
      namespace: 'flux-system',
      name: 'fleet',
      uid: 'u',
      generation: 1,
      observedGeneration: 1,
      resourceVersion: '1',
      labels: {},
      suspended: false,
      conditions: [],
      observedAt: '2026-01-01T00:00:00Z',
      revision: `main@sha1:${at}`,
      source: { url: 'x', branch: 'main', ...(tag === undefined ? {} : { tag }), ...(commit === undefined ? {} : { commit, commitOwner: 'flotilla-pin' }) },
    };
    return { forgotten: false, fresh: this.fresh, readOnly: false, source, pin: this.pin, release: this.release };
  }
  flux(): void {
    this.cluster.tag = this.git.tag;
    const was = this.cluster.at;
    this.cluster.at = this.cluster.commit ?? (this.cluster.tag === undefined ? bad : good);
    if (was === good && this.cluster.at === bad) this.wentBack = true;
  }
  report(): void {
    this.reported = { ...this.cluster };
  }
  answer(outcome: 'succeeded' | 'expired' | 'failed' | 'superseded'): void {
    const at = new Date(this.now);
    if (this.pin?.state === 'pending') {
      if (outcome === 'succeeded') this.cluster.commit = good;
      this.pin = { state: outcome, message: '', at };
    } else if (this.release?.state === 'pending') {
      if (outcome === 'succeeded') this.cluster.commit = undefined;
      this.release = { state: outcome, message: '', at };
    }
  }
}

const event = fc.constantFrom('flux', 'report', 'silent', 'talks', 'succeeded', 'expired', 'failed', 'superseded', 'tick', 'tick');

function turn(world: World, what: string): void {
  world.now += 1_000;
  if (what === 'flux') world.flux();
  else if (what === 'report' && world.fresh) world.report();
  else if (what === 'silent') world.fresh = false;
  else if (what === 'talks') world.fresh = true;
  else if (what === 'succeeded' || what === 'expired' || what === 'failed' || what === 'superseded') world.answer(what);
  else if (what === 'tick') world.now += 20_000;
}

describe('steps of a rollback', () => {
  it('end at the tag without a pin whatever happens on the way, and never show the bad commit again', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const world = new World();
        let git: TargetIntent['git'] = null;
        let reconciledAt: Date | null = null;
        let last: TargetState = 'pending';
        const act = (): boolean => {
          const step = nextStep(world.intent({ git, reconciledAt }), world.observed(), new Date(world.now));
          last = step.state;
          if (step.do === 'pin') world.pin = { state: 'pending', message: '', at: new Date(world.now) };
          if (step.do === 'release') {
            expect(world.reported.tag).toBe('fleet/1');
            world.release = { state: 'pending', message: '', at: new Date(world.now) };
          }
          if (step.do === 'reconcile') reconciledAt = new Date(world.now);
          if (step.do === 'await' && step.ready && git === null) {
            world.git.tag = 'fleet/1';
            git = 'tagged';
          }
          return step.do === 'rest';
        };
        for (const what of events) {
          turn(world, what);
          act();
        }
        let rested = false;
        for (let n = 0; n < 40 && !rested; n += 1) {
          for (const what of ['talks', 'succeeded', 'flux', 'report', 'tick', 'tick']) turn(world, what);
          rested = act();
        }
        expect(rested).toBe(true);
        expect(last).toBe('held');
        expect(world.cluster).toEqual({ tag: 'fleet/1', commit: undefined, at: good });
        expect(world.wentBack).toBe(false);
      }),
    );
  });

  it('of a lift end on the branch without pin or tag', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.boolean(), (events, pinned) => {
        const world = new World();
        world.git.tag = 'fleet/1';
        world.cluster = { tag: 'fleet/1', commit: pinned ? good : undefined, at: good };
        world.report();
        let git: TargetIntent['git'] = 'tagged';
        let reconciledAt: Date | null = null;
        const act = (): TargetState | null => {
          const step = nextStep(world.intent({ lifting: true, git, reconciledAt }), world.observed(), new Date(world.now));
          if (step.do === 'release') world.release = { state: 'pending', message: '', at: new Date(world.now) };
          if (step.do === 'reconcile') reconciledAt = new Date(world.now);
          if (step.do === 'await' && step.ready && git === 'tagged') {
            world.git.tag = undefined;
            git = 'untagged';
          }
          return step.do === 'rest' ? step.state : null;
        };
        let state: TargetState | null = null;
        for (const what of events) {
          turn(world, what);
          act();
        }
        for (let n = 0; n < 40 && state === null; n += 1) {
          for (const what of ['talks', 'succeeded', 'flux', 'report', 'tick', 'tick']) turn(world, what);
          state = act();
        }
        expect(state).toBe('lifted');
        expect(world.cluster).toMatchObject({ tag: undefined, commit: undefined });
      }),
    );
  });

  it('never act for a target that is held or superseded', () => {
    const world = new World();
    expect(nextStep(world.intent({ held: 'over the budget' }), world.observed(), new Date())).toMatchObject({ do: 'rest' });
    expect(nextStep(world.intent({ superseded: true }), world.observed(), new Date())).toMatchObject({ do: 'rest', state: 'lifted' });
  });

  it('make the whole as far as its slowest target', () => {
    expect(rollbackState(['held', 'pinning', 'failed'])).toBe('pinning');
    expect(rollbackState(['held', 'failed'])).toBe('held');
    expect(rollbackState(['failed', 'failed'])).toBe('failed');
    expect(rollbackState(['lifted', 'lifting'])).toBe('lifting');
  });
});

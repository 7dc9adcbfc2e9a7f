import type { ObjectStatus, RollbackTarget } from '@flotilla/contracts';
import type { commandStates } from '@flotilla/contracts';
import { pinFieldManager, fleetTagPrefix } from './select-source.js';
import { freezeLines, type RollbackMethod } from './preview-target.js';
import { commitOf } from './revision.js';

export type TargetState = NonNullable<RollbackTarget['state']>;

/** A pin waits for pins of the others this long before the commit is made: Git must not wait for a cluster that is slow. */
const pinGraceMs = 5_000;
/** After a command ended without the effect being seen, it is given again this much later. */
const commandRetryMs = 5_000;
/** A command that succeeded is believed this long before the status has to show it. */
const effectGraceMs = 30_000;
/** Pause between requests to reconcile while the tag is awaited. */
const reconcilePauseMs = 15_000;

/** A command as it stands: null when none was given. */
export interface CommandView {
  readonly state: (typeof commandStates)[number];
  readonly message: string;
  /** when it ended, or was given */
  readonly at: Date;
}

/** A target as it is stored. */
export interface TargetIntent {
  readonly source: { readonly namespace: string; readonly name: string };
  readonly sha: string;
  readonly tag: string;
  readonly method: RollbackMethod;
  /** held by the preview, not carried out */
  readonly held: string | null;
  readonly superseded: boolean;
  readonly lifting: boolean;
  readonly state: TargetState;
  /** what the last commit did for this target: `tagged`: Git declares the tag; `absent`: Git declares the source nowhere the hub knows; null: no commit yet */
  readonly git: 'tagged' | 'untagged' | 'absent' | null;
  /** when the commit was made, or the rollback began */
  readonly since: Date;
  readonly reconciledAt: Date | null;
}

/** A target as the cluster shows it. */
export interface ObservedTarget {
  /** the hub was told to forget the cluster: nothing is waited for */
  readonly forgotten: boolean;
  readonly fresh: boolean;
  readonly readOnly: boolean;
  /** the newest status of the source; null: not reported */
  readonly source: ObjectStatus | null;
  readonly pin: CommandView | null;
  readonly release: CommandView | null;
}

export type TargetStep =
  | { readonly do: 'pin' | 'release' | 'reconcile'; readonly state: TargetState; readonly detail: string }
  /** nothing to give; `ready`: nothing of this target keeps the commit from being made */
  | { readonly do: 'await'; readonly state: TargetState; readonly detail: string; readonly ready: boolean }
  /** nothing more to do until it is lifted, or at all */
  | { readonly do: 'rest'; readonly state: TargetState; readonly detail: string };

const running = (command: CommandView | null): boolean => command !== null && (command.state === 'pending' || command.state === 'delivered');
const ended = (command: CommandView | null, now: Date, pauseMs: number): boolean =>
  command === null || (!running(command) && now.getTime() - command.at.getTime() >= pauseMs);

/**
 * The next thing to do for one target, from what is stored and what the cluster shows; never from what was done in memory, so that it can be
 * asked again after any crash. Rolling back: pin, await the commit, await the tag, release, rest held. Lifting: await the tag gone, release, rest.
 */
export function nextStep(target: TargetIntent, observed: ObservedTarget, now: Date): TargetStep {
  if (target.superseded) return rest('lifted', 'a later rollback took over');
  if (observed.forgotten) return rest(target.lifting ? 'lifted' : 'failed', 'the cluster was forgotten');
  if (target.held !== null) return rest(target.lifting ? 'lifted' : 'failed', target.held);
  if (target.lifting) return nextLiftStep(target, observed, now);
  if (target.method === 'revert') return nextRevertStep(target, observed, now);
  const { source } = observed;
  const ref = source?.source;
  if (target.git === 'tagged') {
    if (source && ref?.tag === target.tag) return afterTag(target, observed, now);
    if (!observed.fresh) return wait('releasing', 'the tag is in Git; the cluster is silent and takes it by itself', true);
    const reached = ref?.commit === target.sha ? 'pinned' : 'not pinned';
    if (dueToReconcile(target, now))
      return { do: 'reconcile', state: 'releasing', detail: `the tag ${target.tag} is in Git; asking the cluster to fetch it (${reached})` };
    return wait('releasing', `the tag ${target.tag} is in Git; waiting for the cluster to show it (${reached})`, true);
  }
  const pinned = ref?.commit === target.sha && ref.commitOwner === pinFieldManager;
  const inGit = target.git === 'absent' ? 'Git declares the source nowhere the hub knows; the pin alone holds it' : null;
  if (pinned) {
    const shown = commitOf(source?.revision) === target.sha;
    const fetch = shown ? null : fetchProblem(source);
    if (fetch)
      return wait('pinning', `pinned, but the cluster cannot fetch the commit: ${fetch}; to freeze it: ${freezeLines(target.source).join(' && ')}`, true);
    if (inGit && shown) return rest('held', inGit);
    return wait(shown ? 'pinned' : 'pinning', shown ? 'pinned; the commit to Git follows' : 'pinned; waiting for the cluster to fetch the commit', true);
  }
  return beforePin(target, observed, now, inGit);
}

function beforePin(target: TargetIntent, observed: ObservedTarget, now: Date, inGit: string | null): TargetStep {
  const { pin, source } = observed;
  if (observed.readOnly)
    return inGit
      ? rest('failed', 'the agent was joined read-only and Git declares the source nowhere the hub knows')
      : wait('pending', 'the agent was joined read-only; the commit to Git brings it back', true);
  if (!observed.fresh) return wait('pending', 'the cluster is silent; it is pinned when its agent reports again', true);
  if (!source) return wait('pending', `the cluster does not report GitRepository ${target.source.namespace}/${target.source.name} now`, true);
  if (running(pin)) return wait('pinning', 'the pin is with the agent', now.getTime() - target.since.getTime() >= pinGraceMs);
  if (pin?.state === 'refused')
    return inGit
      ? rest('failed', `the agent refused the pin: ${pin.message}`)
      : wait('pinning', `the agent refused the pin (${pin.message}); the commit to Git brings it back`, true);
  if (pin?.state === 'succeeded' && !ended(pin, now, effectGraceMs)) return wait('pinning', 'the agent pinned it; waiting for the status to show it', true);
  if (!ended(pin, now, commandRetryMs)) return wait('pinning', `the pin ended ${pin?.state ?? ''} (${pin?.message ?? ''}); it is given again`, true);
  return { do: 'pin', state: 'pinning', detail: 'pinning' };
}

/** The object shows the tag: give the pin up, if there is one. */
function afterTag(target: TargetIntent, observed: ObservedTarget, now: Date): TargetStep {
  const ref = observed.source?.source;
  const shown = commitOf(observed.source?.revision) === target.sha;
  if (ref?.commit === undefined) {
    if (shown) return rest('held', `Git declares the tag ${target.tag}`);
    const fetch = fetchProblem(observed.source);
    return wait('releasing', fetch ? `the cluster cannot fetch the tag: ${fetch}` : `waiting for the cluster to fetch the tag ${target.tag}`, true);
  }
  return giveUpPin(target, observed, now, 'releasing');
}

function giveUpPin(target: TargetIntent, observed: ObservedTarget, now: Date, state: TargetState): TargetStep {
  const ref = observed.source?.source;
  if (ref?.commitOwner !== undefined && ref.commitOwner !== pinFieldManager)
    return rest('failed', `the commit of ${target.source.name} is declared by ${ref.commitOwner}, not by a pin`);
  if (!observed.fresh) return wait(state, 'the cluster is silent; the pin is given up when its agent reports again', true);
  const { release } = observed;
  if (running(release)) return wait(state, 'the release is with the agent', true);
  if (release?.state === 'refused') return rest('failed', `the agent refused to release the pin: ${release.message}`);
  if (release?.state === 'succeeded' && !ended(release, now, effectGraceMs))
    return wait(state, 'the agent gave the pin up; waiting for the status to show it', true);
  if (!ended(release, now, commandRetryMs))
    return wait(state, `the release ended ${release?.state ?? ''} (${release?.message ?? ''}); it is given again`, true);
  return { do: 'release', state, detail: 'giving the pin up' };
}

function nextLiftStep(target: TargetIntent, observed: ObservedTarget, now: Date): TargetStep {
  const ref = observed.source?.source;
  const wrote = target.method === 'tag' && target.git !== 'absent';
  if (wrote && target.git !== 'untagged') return wait('lifting', 'the commit that takes the tag away follows', true);
  if (!observed.source)
    return observed.fresh
      ? rest('lifted', 'the cluster has the source no more')
      : wait('lifting', 'the cluster is silent; it follows its branch when it fetches the commit', true);
  if (wrote && ref?.tag !== undefined && ref.tag === target.tag) {
    if (!observed.fresh) return wait('lifting', 'the tag is gone from Git; the cluster is silent and takes that by itself', true);
    if (dueToReconcile(target, now)) return { do: 'reconcile', state: 'lifting', detail: 'the tag is gone from Git; asking the cluster to fetch that' };
    return wait('lifting', 'the tag is gone from Git; waiting for the cluster to show it', true);
  }
  if (ref?.commit !== undefined && ref.commitOwner === pinFieldManager) return giveUpPin(target, observed, now, 'lifting');
  return rest(
    'lifted',
    ref?.tag?.startsWith(fleetTagPrefix) === true ? `Git declares the tag ${ref.tag} of another rollback` : `follows ${ref?.branch ?? 'its branch'} again`,
  );
}

/** A revert changes the branch for everybody who follows it; the pin, where there is one, only bridges the time until then. */
function nextRevertStep(target: TargetIntent, observed: ObservedTarget, now: Date): TargetStep {
  if (target.git === null) return wait('pending', 'the revert commit follows', true);
  if (!observed.fresh) return wait('releasing', 'the revert is in Git; the cluster is silent and takes it by itself', true);
  if (observed.source?.source?.commit !== undefined && observed.source.source.commitOwner === pinFieldManager)
    return giveUpPin(target, observed, now, 'releasing');
  if (target.reconciledAt === null) return { do: 'reconcile', state: 'releasing', detail: 'the revert is in Git; asking the cluster to fetch it' };
  return rest('held', 'the revert is on the branch');
}

const dueToReconcile = (target: TargetIntent, now: Date): boolean =>
  target.reconciledAt === null || now.getTime() - target.reconciledAt.getTime() >= reconcilePauseMs;

/** Why the source cannot be fetched, in Flux's words; null when it does not say so of its present spec. */
function fetchProblem(source: ObjectStatus | null): string | null {
  if (!source || source.observedGeneration !== source.generation) return null;
  const ready = source.conditions.find((condition) => condition.type === 'Ready');
  return ready?.status === 'False' ? `${ready.reason}: ${ready.message}` : null;
}

function wait(state: TargetState, detail: string, ready: boolean): TargetStep {
  return { do: 'await', state, detail, ready };
}
function rest(state: TargetState, detail: string): TargetStep {
  return { do: 'rest', state, detail };
}

/** Progress order of a rollback: the whole is as far as its slowest target that is carried out. */
const order: readonly TargetState[] = ['pending', 'pinning', 'pinned', 'committing', 'releasing', 'lifting', 'held', 'lifted'];

/** The state of a rollback from its targets: failed only when every target is. */
export function rollbackState(states: readonly TargetState[]): TargetState {
  const carried = states.filter((state) => state !== 'failed');
  if (carried.length === 0) return 'failed';
  return carried.reduce((slowest, state) => (order.indexOf(state) < order.indexOf(slowest) ? state : slowest));
}

import type { ObjectStatus } from '@flotilla/contracts';
import { objectState } from '../flux/index.js';

/**
 * The instant after which a HelmRelease must have handled a reconcile request to run what its Kustomization applied (invariant 3): when the Kustomization
 * came to its revision by the ledger, else since when it is Ready. Milliseconds since the epoch.
 */
export function releaseDueSince(owner: ObjectStatus, appliedAt: Date | undefined): number {
  if (appliedAt) return appliedAt.getTime();
  const readySince = owner.conditions.find((condition) => condition.type === 'Ready')?.lastTransitionTime;
  return readySince === undefined ? 0 : Date.parse(readySince);
}

/** Whether a HelmRelease handled a reconcile request since. It stays Ready on the values and chart of before, so Ready alone does not tell. */
export function releaseHandledSince(release: ObjectStatus, since: number): boolean {
  return release.handledReconcileAt !== undefined && Date.parse(release.handledReconcileAt) >= since;
}

/** The HelmReleases of a Kustomization that have to be asked to reconcile, so that it can be known what they run; none while it is not at its revision. */
export function releasesToReconcile(owner: ObjectStatus, releases: readonly ObjectStatus[], appliedAt: Date | undefined): ObjectStatus[] {
  const { state } = objectState(owner);
  if (owner.suspended || (state !== 'ready' && state !== 'applied')) return [];
  const since = releaseDueSince(owner, appliedAt);
  return releases.filter(
    (release) =>
      release.kind === 'HelmRelease' && release.owner === `${owner.namespace}/${owner.name}` && !release.suspended && !releaseHandledSince(release, since),
  );
}

import type { RollbackPreviewResponse, RollbackTarget } from '@flotilla/contracts';

/** Whether a hold may be overridden by naming the cluster: it is held for deletions, known or not, and for nothing else. */
export function acceptable(target: RollbackTarget): boolean {
  return target.held !== null && (!target.deletionsKnown || target.deletions.length > 0);
}

/** What a rollback would do, summed over its targets, given the holds that were overridden. */
export function previewOf(
  preview: RollbackPreviewResponse,
  accepted: ReadonlySet<string>,
): { changing: RollbackTarget[]; held: RollbackTarget[]; deletions: number; worstCaseSeconds: number } {
  const changing = preview.targets.filter((target) => target.held === null || (acceptable(target) && accepted.has(target.cluster)));
  return {
    changing,
    held: preview.targets.filter((target) => !changing.includes(target)),
    deletions: changing.reduce((sum, target) => sum + target.deletions.length, 0),
    worstCaseSeconds: changing.reduce((most, target) => Math.max(most, target.worstCaseSeconds), 0),
  };
}

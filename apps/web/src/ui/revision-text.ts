/** The commit in a Flux revision (`main@sha1:<hex>`, `sha1:<hex>`) or a bare commit id; null where there is none. Revisions are the same when their commits are. */
export function commitOf(revision: string | null | undefined): string | null {
  if (!revision) return null;
  const match = /(?:^|[:/])([0-9a-f]{40,64})$/.exec(revision);
  return match?.[1] ?? null;
}

const shownLength = 7;
/** What is shown of a revision: seven characters of the commit, or the whole text (a chart version) cut at 20. */
export function shortRevision(revision: string): string {
  const commit = commitOf(revision);
  return commit ? commit.slice(0, shownLength) : revision.length > 20 ? `${revision.slice(0, 19)}…` : revision;
}

/** Whether two revisions name the same commit; text without a commit is compared as it stands. */
export function sameRevision(one: string | null | undefined, other: string | null | undefined): boolean {
  if (!one || !other) return false;
  const [left, right] = [commitOf(one), commitOf(other)];
  return left !== null || right !== null ? left === right : one === other;
}

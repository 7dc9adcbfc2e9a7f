/** A Flux revision taken apart: `main@sha1:<40 hex>` is ref `main`, algorithm `sha1`, hash `<40 hex>`. */
export interface ParsedRevision {
  readonly ref: string | null;
  readonly algorithm: string | null;
  readonly hash: string;
}

const hashPattern = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/**
 * Reads a revision as Flux writes it (RFC-0005): by the last `@`, then the last `:`. Takes the legacy `main/<sha>` and a bare commit id too.
 * Null for what carries no content hash: chart versions.
 */
export function parseRevision(text: string): ParsedRevision | null {
  const at = text.lastIndexOf('@');
  const tail = at === -1 ? text : text.slice(at + 1);
  const colon = tail.lastIndexOf(':');
  if (colon !== -1) {
    const hash = tail.slice(colon + 1);
    return hashPattern.test(hash) ? { ref: at === -1 ? null : text.slice(0, at), algorithm: tail.slice(0, colon), hash } : null;
  }
  const slash = text.lastIndexOf('/');
  const hash = text.slice(slash + 1);
  return hashPattern.test(hash) ? { ref: slash === -1 ? null : text.slice(0, slash), algorithm: null, hash } : null;
}

/** The commit (or OCI digest) of a revision, in full; null when it carries none. */
export function shaOf(revision: string | null | undefined): string | null {
  return revision ? (parseRevision(revision)?.hash ?? null) : null;
}

/** Whether two revisions are the same content: by full hash when both carry one, else by their text. The part before `@` says nothing of content. */
export function sameRevision(a: string, b: string): boolean {
  const [hashA, hashB] = [shaOf(a), shaOf(b)];
  return hashA !== null && hashB !== null ? hashA === hashB : a === b;
}

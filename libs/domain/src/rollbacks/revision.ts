/** Commit id at the end of a Flux revision (`main@sha1:<40 hex>`, `sha1:<40 hex>`), lower case; null when the text is no Git revision in full. */
export function commitOf(revision: string | null | undefined): string | null {
  return /(?:^|@)sha(?:1|256):([0-9a-f]{40}|[0-9a-f]{64})$/i.exec(revision ?? '')?.[1]?.toLowerCase() ?? null;
}

/** What a person typed after `--to`: a revision in full, a commit id or at least 7 digits of one. Null when it is neither. */
export function commitPrefixOf(text: string): string | null {
  const trimmed = text.trim();
  return commitOf(trimmed) ?? (/^[0-9a-f]{7,64}$/i.test(trimmed) ? trimmed.toLowerCase() : null);
}

import { createHash } from 'node:crypto';
import { objectKeyText, type ObjectKey } from '@flotilla/contracts/agent';

/** What the digest covers of an object: its key and the version that was sent. */
export type DigestEntry = ObjectKey & { readonly resourceVersion: string };

/**
 * Digest of a set of object statuses: lower-case hex SHA-256 over the lines `<Kind/namespace/name> <resourceVersion>\n`, sorted by UTF-16 code unit.
 * The order of the input does not matter; the empty set has the SHA-256 of nothing. Agent and hub compute it alike: where they differ, the hub asks for a snapshot.
 */
export function digestOf(entries: Iterable<DigestEntry>): string {
  const lines: string[] = [];
  for (const entry of entries) lines.push(`${objectKeyText(entry)} ${entry.resourceVersion}\n`);
  lines.sort();
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line);
  return hash.digest('hex');
}

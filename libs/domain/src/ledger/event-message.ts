import { sameRevision } from '../flux/index.js';
import type { LedgerResult } from './ledger-step.js';

/** Longest message kept of an event; that of a status has the same bound. */
const messageLengthMax = 1024;

/** What an event of Flux says of a revision. */
export interface RevisionEvent {
  /** null: the event names none */
  readonly revision: string | null;
  readonly severity: string;
  readonly message: string;
}

/**
 * The message an open ledger entry takes from an event, or null: only of the entry's own revision, and only where the event says more. An error tells why
 * what has not succeeded did not; anything else fills an entry that has no words. What ran, since when and with what result is never read from an event.
 */
export function messageFromEvent(entry: { revision: string; result: LedgerResult; message: string }, event: RevisionEvent): string | null {
  if (event.revision === null || !sameRevision(entry.revision, event.revision)) return null;
  const text = event.message.replaceAll('\0', '').trim();
  const message = text.length > messageLengthMax ? `${text.slice(0, messageLengthMax - 1)}…` : text;
  if (message === '' || message === entry.message) return null;
  const saysMore = event.severity === 'error' ? entry.result !== 'succeeded' : entry.message === '';
  return saysMore ? message : null;
}

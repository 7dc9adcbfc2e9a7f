import type { FleetSummary } from '@flotilla/contracts';
import type { Tone } from '../../ui/state-words.js';
import { commitOf, sameRevision } from '../../ui/revision-text.js';

export interface SentencePart {
  count: number;
  text: string;
  /** revision shown after the text */
  revision: string | null;
  /** filter that shows just these clusters */
  filter: string;
  tone: Tone | null;
}

/** The fleet in one sentence: how many, at which revision, and what is not as it ought to be, worst last so that the eye ends on it. Parts that are zero are left out. */
export function fleetSentence(summary: FleetSummary): SentencePart[] {
  const lead = summary.head ?? summary.revisions[0]?.revision ?? null;
  const atLead = summary.revisions.filter((each) => sameRevision(each.revision, lead)).reduce((sum, each) => sum + each.clusters, 0);
  const elsewhere = summary.revisions.filter((each) => !sameRevision(each.revision, lead)).reduce((sum, each) => sum + each.clusters, 0);
  const state = (name: keyof FleetSummary['states']) => summary.states[name] ?? 0;
  const parts: SentencePart[] = [{ count: summary.clusters, text: summary.clusters === 1 ? 'cluster' : 'clusters', revision: null, filter: '', tone: null }];
  if (lead !== null) parts.push({ count: atLead, text: 'at', revision: lead, filter: `rev:${(commitOf(lead) ?? lead).slice(0, 7)}`, tone: null });
  const rest: SentencePart[] = [
    { count: elsewhere, text: summary.head === null ? 'at another revision' : 'behind', revision: null, filter: 'is:behind', tone: null },
    { count: state('joining'), text: 'joining', revision: null, filter: 'state:joining', tone: 'joining' },
    { count: state('suspended'), text: 'suspended', revision: null, filter: 'state:suspended', tone: 'suspended' },
    { count: state('progressing'), text: 'progressing', revision: null, filter: 'state:progressing', tone: 'progressing' },
    { count: state('failing'), text: 'failing', revision: null, filter: 'state:failing', tone: 'failing' },
    { count: state('unknown'), text: 'silent', revision: null, filter: 'state:unknown', tone: 'unknown' },
  ];
  return [...parts, ...rest.filter((part) => part.count > 0)];
}

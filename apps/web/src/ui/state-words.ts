import type { ClusterState, ObjectState } from '@flotilla/contracts';

/** The visual classes of state; every word of the product about a state maps to one. */
export type Tone = 'ready' | 'failing' | 'progressing' | 'suspended' | 'unknown' | 'joining';

export const clusterWords = {
  unknown: { tone: 'unknown', word: 'Unknown' },
  failing: { tone: 'failing', word: 'Failing' },
  progressing: { tone: 'progressing', word: 'Progressing' },
  suspended: { tone: 'suspended', word: 'Suspended' },
  ready: { tone: 'ready', word: 'Ready' },
  joining: { tone: 'joining', word: 'Joining' },
} as const satisfies Record<ClusterState, { tone: Tone; word: string }>;

/** `applied` has no health check: it is never the full green word. */
export const objectWords = {
  unknown: { tone: 'unknown', word: 'Unknown' },
  failed: { tone: 'failing', word: 'Failed' },
  progressing: { tone: 'progressing', word: 'Progressing' },
  suspended: { tone: 'suspended', word: 'Suspended' },
  applied: { tone: 'joining', word: 'Applied, health unknown' },
  ready: { tone: 'ready', word: 'Ready' },
  none: { tone: 'joining', word: 'No status' },
} as const satisfies Record<ObjectState, { tone: Tone; word: string }>;

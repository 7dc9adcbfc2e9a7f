import { memo } from 'react';
import type { Tone } from './state-words.js';

/** Drawn so that each differs in shape, not only in colour, down to 10 pixels. */
const shapes: Record<Tone, React.ReactNode> = {
  ready: <path d="M2.5 6.5 5 9l4.5-5.5" />,
  failing: <path d="m3 3 6 6m0-6-6 6" />,
  progressing: <path d="M10 6a4 4 0 1 1-1.4-3M8.8.8V3.2H6.4" />,
  suspended: <path d="M4 2.5v7m4-7v7" />,
  unknown: <path d="M4 4.2C4 2.9 4.9 2.2 6 2.2s2 .8 2 1.9c0 1.4-2 1.5-2 3M6 9.6v.2" />,
  joining: <circle cx="6" cy="6" r="3.8" strokeDasharray="2.2 1.8" />,
};

/** The icon of a state; decorative, the word beside it is what is read. */
export const StateIcon = memo(function StateIcon({ tone, size = 12 }: { tone: Tone; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 12 12"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.9"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {shapes[tone]}
    </svg>
  );
});

/** State as icon, word and colour. */
export function StateMark({ tone, word, stale = false }: { tone: Tone; word: string; stale?: boolean }) {
  return (
    <span className={`state s-${tone}${stale ? ' stale' : ''}`}>
      <StateIcon tone={tone} />
      {word}
    </span>
  );
}

import type { OperationStep } from '@flotilla/contracts';
import { IconArrowRight } from '@tabler/icons-react';
import { StateIcon } from '../../ui/StateMark.js';
import type { Tone } from '../../ui/state-words.js';
import { useNow } from '../../ui/clock.js';
import { durationText } from '../../ui/time-text.js';

export type StepView = OperationStep;
const tones: Record<OperationStep['state'], { tone: Tone; word: string }> = {
  pending: { tone: 'joining', word: 'to come' },
  running: { tone: 'progressing', word: 'running' },
  succeeded: { tone: 'ready', word: 'done' },
  failed: { tone: 'failing', word: 'failed' },
  skipped: { tone: 'suspended', word: 'skipped' },
};

/** A step machine: each step with what it saw, how long it took, and the remedy when it failed. */
export function Steps({ steps }: { steps: readonly StepView[] }) {
  const now = useNow();
  return (
    <ol className="steps">
      {steps.map((step) => {
        const { tone, word } = tones[step.state];
        const took = step.startedAt ? (step.finishedAt ? Date.parse(step.finishedAt) : now) - Date.parse(step.startedAt) : null;
        return (
          <li key={step.name} className={`s-${tone}`}>
            <span className="s-ink" style={{ paddingTop: 3 }}>
              <StateIcon tone={tone} size={14} />
            </span>
            <span style={{ fontWeight: 500 }}>{step.name}</span>
            <span className="s-ink num" style={{ fontSize: '0.78rem' }}>
              {word}
              {took !== null && step.state !== 'pending' ? `, ${durationText(took)}` : ''}
              {step.attempts > 1 ? `, ${step.attempts} attempts` : ''}
            </span>
            {step.detail ? <span className="more">{step.detail}</span> : null}
            {step.remedy ? (
              <span className="more" style={{ display: 'flex', gap: 6, color: 'var(--ink)' }}>
                <IconArrowRight size={14} aria-hidden style={{ flex: 'none', marginTop: 3, color: 'var(--accent-ink)' }} />
                {step.remedy}
              </span>
            ) : null}
          </li>
        );
      })}
    </ol>
  );
}

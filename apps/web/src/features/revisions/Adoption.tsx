import type { CommitResponse } from '@flotilla/contracts';
import { Pulse } from '../../ui/Pulse.js';

/** How many clusters run exactly a commit, and how many of these fail. */
export function Adoption({ adoption }: { adoption: NonNullable<CommitResponse['adoption']> }) {
  const well = adoption.at - adoption.failing;
  const share = (count: number) => `${(100 * count) / Math.max(1, adoption.of)}%`;
  return (
    <div>
      <div className="num" style={{ fontSize: '0.78rem', marginBottom: 3 }}>
        <Pulse value={adoption.at}>
          {adoption.at.toLocaleString('en')} of {adoption.of.toLocaleString('en')}
        </Pulse>
        {adoption.failing > 0 ? (
          <span className="s-failing">
            <span className="s-ink">, {adoption.failing} failing</span>
          </span>
        ) : null}
      </div>
      <div className="bar" aria-hidden>
        <i style={{ width: share(well), background: 'var(--mantine-color-accent-filled)' }} />
        <i style={{ width: share(adoption.failing), background: 'var(--failing-ink)' }} />
      </div>
    </div>
  );
}

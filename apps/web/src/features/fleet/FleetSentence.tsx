import type { FleetSummary } from '@flotilla/contracts';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { Pulse } from '../../ui/Pulse.js';
import { StateIcon } from '../../ui/StateMark.js';
import { shortRevision } from '../../ui/revision-text.js';
import { fleetSentence } from './fleet-sentence.js';

/** The fleet in one sentence; every part filters the page. */
export function FleetSentence({ summary }: { summary: FleetSummary }) {
  return (
    <p className="sentence num" style={{ margin: 0 }}>
      {fleetSentence(summary).map((part, index) => (
        <Fragment key={part.filter}>
          {index > 0 ? <span className="dot"> · </span> : null}
          <Link
            to="/"
            search={(search) => ({ ...search, q: part.filter })}
            className={part.tone ? `s-${part.tone} s-ink` : undefined}
            style={{ whiteSpace: 'nowrap' }}
          >
            {part.tone ? <StateIcon tone={part.tone} size={15} /> : null}
            <Pulse value={part.count}>{part.count.toLocaleString('en')}</Pulse> {part.text}
            {part.revision ? (
              <>
                {' '}
                <span className="mono" title={part.revision}>
                  {shortRevision(part.revision)}
                </span>
              </>
            ) : null}
          </Link>
        </Fragment>
      ))}
    </p>
  );
}

import type { LedgerEntryResponse } from '@flotilla/contracts';
import { useQuery } from '@tanstack/react-query';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { Revision } from '../../ui/Revision.js';
import { StateIcon } from '../../ui/StateMark.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { durationText } from '../../ui/time-text.js';
import { When } from '../../ui/When.js';

const tones = { succeeded: 'ready', failed: 'failing', progressing: 'progressing' } as const;
const words = { succeeded: 'ran', failed: 'failed at', progressing: 'moves to' } as const;

/** Which revision each workload ran, from when to when, by whom and how it went; newest first. */
export function LedgerTimeline({ cluster }: { cluster: string }) {
  const ledger = useQuery(queries.ledger(cluster));
  return (
    <Panel title="Ledger" flush>
      {ledger.isPending ? (
        <Loading rows={4} />
      ) : ledger.isError ? (
        <Failure what="The ledger" error={ledger.error} retry={() => void ledger.refetch()} />
      ) : ledger.data.items.length === 0 ? (
        <Empty title="Nothing has run here yet">An entry appears when a workload first applies a revision.</Empty>
      ) : (
        <>
          <ol className="timeline">
            {ledger.data.items.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
          {ledger.data.nextCursor ? (
            <p className="dim" style={{ padding: '0 14px 10px', margin: 0, fontSize: '0.78rem' }}>
              The newest {ledger.data.items.length} entries are shown; the API and CLI give all.
            </p>
          ) : null}
        </>
      )}
    </Panel>
  );
}

function Entry({ entry }: { entry: LedgerEntryResponse }) {
  const tone = tones[entry.result];
  return (
    <li className={`s-${tone}`}>
      <span className="mark">
        <StateIcon tone={tone} />
      </span>
      <div className="spread" style={{ gap: '0 10px' }}>
        <span>
          <b>
            {entry.object.kind} {entry.object.name}
          </b>{' '}
          <span className="dim">{words[entry.result]}</span> <Revision value={entry.revision} />
          {entry.stage && entry.result === 'failed' ? <span className="dim"> in {entry.stage}</span> : null}
        </span>
        <span className="dim" style={{ fontSize: '0.75rem' }}>
          <When at={entry.from} /> {entry.to ? `for ${durationText(Date.parse(entry.to) - Date.parse(entry.from))}` : 'until now'}
        </span>
      </div>
      {entry.subject ? (
        <div className="dim break" style={{ fontSize: '0.78rem' }}>
          {entry.subject}
          {entry.author ? `, ${entry.author}` : null}
        </div>
      ) : null}
      {entry.result === 'failed' && entry.message ? (
        <div className="break s-ink" style={{ fontSize: '0.78rem' }}>
          {entry.message}
        </div>
      ) : null}
    </li>
  );
}

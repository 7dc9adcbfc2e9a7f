import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { Revision } from '../../ui/Revision.js';
import { StateIcon } from '../../ui/StateMark.js';
import { Failure, Loading } from '../../ui/states.js';
import { When } from '../../ui/When.js';

const shownMax = 8;

/** Beside the map: what fires, what is rolled back, what runs. */
export function FleetSide() {
  const alerts = useQuery(queries.alerts());
  const rollbacks = useQuery(queries.rollbacks(true));
  const operations = useQuery(queries.operations());
  const firing = (alerts.data?.items ?? []).filter((alert) => alert.state === 'firing');
  const running = (operations.data?.items ?? []).filter(
    (operation) => operation.state === 'running' || operation.state === 'pending' || operation.state === 'waiting',
  );
  return (
    <div className="stack">
      <Panel title={`Firing${firing.length > 0 ? ` (${firing.length})` : ''}`} actions={<Link to="/incidents">all</Link>} flush>
        {alerts.isPending ? (
          <Loading rows={2} />
        ) : alerts.isError ? (
          <Failure what="Alerts" error={alerts.error} retry={() => void alerts.refetch()} />
        ) : firing.length === 0 ? (
          <p className="dim" style={{ padding: '10px 14px', margin: 0 }}>
            Nothing fires.
          </p>
        ) : (
          <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {firing.slice(0, shownMax).map((alert) => (
              <li key={alert.id} style={{ padding: '8px 14px', borderBottom: '1px solid var(--line)' }}>
                <div className="s-failing" style={{ display: 'flex', gap: 7, alignItems: 'baseline' }}>
                  <span className="s-ink">
                    <StateIcon tone="failing" />
                  </span>
                  <Link to="/incidents" search={{ alert: alert.id }} className="break" style={{ color: 'var(--ink)', fontWeight: 500 }}>
                    {alert.annotations['summary'] ?? alert.labels['alertname'] ?? 'Alert'}
                  </Link>
                </div>
                <div className="dim" style={{ fontSize: '0.75rem', paddingLeft: 19 }}>
                  {alert.labels['cluster'] ? `${alert.labels['cluster']} · ` : null}
                  <When at={alert.startsAt} />
                </div>
              </li>
            ))}
            {firing.length > shownMax ? (
              <li style={{ padding: '8px 14px' }}>
                <Link to="/incidents">{firing.length - shownMax} more</Link>
              </li>
            ) : null}
          </ul>
        )}
      </Panel>
      <Panel title="Open rollbacks" actions={<Link to="/rollbacks">all</Link>} flush>
        {rollbacks.isPending ? (
          <Loading rows={1} />
        ) : rollbacks.isError ? (
          <Failure what="Rollbacks" error={rollbacks.error} retry={() => void rollbacks.refetch()} />
        ) : rollbacks.data.items.length === 0 ? (
          <p className="dim" style={{ padding: '10px 14px', margin: 0 }}>
            Every cluster follows Git.
          </p>
        ) : (
          <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {rollbacks.data.items.slice(0, shownMax).map((rollback) => (
              <li key={rollback.id} style={{ padding: '8px 14px', borderBottom: '1px solid var(--line)' }}>
                <Link to="/rollbacks" search={{ id: rollback.id }}>
                  Rollback {rollback.number}
                </Link>{' '}
                to <Revision value={rollback.to} /> · {rollback.targets.length} {rollback.targets.length === 1 ? 'cluster' : 'clusters'}
                <div className="dim break" style={{ fontSize: '0.75rem' }}>
                  {rollback.reason} · {rollback.owner}, <When at={rollback.createdAt} />
                </div>
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {running.length > 0 ? (
        <Panel title="Running" flush>
          <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
            {running.slice(0, shownMax).map((operation) => {
              const step = operation.steps.find((each) => each.state === 'running') ?? operation.steps.find((each) => each.state === 'pending');
              return (
                <li key={operation.id} style={{ padding: '8px 14px', borderBottom: '1px solid var(--line)' }}>
                  <Link to="/onboard" search={{ operation: operation.id }}>
                    {operation.kind} {operation.subject}
                  </Link>
                  <div className="dim" style={{ fontSize: '0.75rem' }}>
                    {step?.name ?? operation.state}
                  </div>
                </li>
              );
            })}
          </ul>
        </Panel>
      ) : null}
    </div>
  );
}

import type { AlertResponse } from '@flotilla/contracts';
import { Drawer, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { queries } from '../../api/queries.js';
import { Filter } from '../../ui/Filter.js';
import { Labels } from '../../ui/Labels.js';
import { Panel } from '../../ui/Panel.js';
import { StateMark } from '../../ui/StateMark.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { durationText } from '../../ui/time-text.js';
import { When } from '../../ui/When.js';
import { Deliveries } from './Deliveries.js';

const shownMax = 500;
const summaryOf = (alert: AlertResponse): string =>
  alert.annotations['summary'] ?? alert.annotations['description'] ?? alert.labels['alertname'] ?? alert.fingerprint;

/** Alerts, firing first, and what was told to whom. */
export function IncidentsPage() {
  const search = useSearch({ from: '/shell/incidents' });
  const navigate = useNavigate({ from: '/incidents' });
  const set = useCallback((change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }), [navigate]);
  const setFilter = useCallback((q: string | undefined) => set({ q }), [set]);
  const alerts = useQuery(queries.alerts());
  const state = search.state === 'resolved' || search.state === 'all' ? search.state : 'firing';
  const filter = (search.q ?? '').toLowerCase();
  const items = alerts.data?.items;
  const shown = useMemo(
    () =>
      (items ?? [])
        .filter((alert) => state === 'all' || alert.state === state)
        .filter(
          (alert) =>
            filter === '' || [summaryOf(alert), ...Object.values(alert.labels), ...alert.receivers].some((text) => text.toLowerCase().includes(filter)),
        )
        .toSorted((left, right) => (left.state === right.state ? right.startsAt.localeCompare(left.startsAt) : left.state === 'firing' ? -1 : 1)),
    [items, state, filter],
  );
  const firing = (items ?? []).filter((alert) => alert.state === 'firing').length;
  return (
    <div className="page stack">
      <h1>Incidents</h1>
      <Panel
        title={alerts.isSuccess ? `${firing} firing, ${(items?.length ?? 0) - firing} resolved` : 'Alerts'}
        flush
        actions={
          <>
            <Filter value={search.q ?? ''} onChange={setFilter} placeholder="summary, cluster, label, receiver" label="Filter alerts" />
            <SegmentedControl
              size="xs"
              aria-label="Which alerts"
              value={state}
              onChange={(value) => set({ state: value === 'firing' ? undefined : value })}
              data={[
                { value: 'firing', label: 'Firing' },
                { value: 'resolved', label: 'Resolved' },
                { value: 'all', label: 'All' },
              ]}
            />
          </>
        }
      >
        {alerts.isPending ? (
          <Loading rows={6} height={44} label="Loading alerts" />
        ) : alerts.isError ? (
          <Failure what="The alerts" error={alerts.error} retry={() => void alerts.refetch()} />
        ) : shown.length === 0 ? (
          <Empty title={filter ? 'No alert matches the filter' : state === 'firing' ? 'Nothing fires' : 'No alert of that kind'}>
            {state === 'firing' && !filter ? 'A failing workload, a silent cluster or an open rollback grown old would be listed here.' : null}
          </Empty>
        ) : (
          <div className="scroll-x" tabIndex={0} role="region" aria-label="Alerts, scrollable">
            <table className="plain" style={{ minWidth: 620 }}>
              <thead>
                <tr>
                  <th scope="col">State</th>
                  <th scope="col" style={{ width: '48%' }}>
                    What
                  </th>
                  <th scope="col">Cluster</th>
                  <th scope="col">Since</th>
                  <th scope="col">Told</th>
                </tr>
              </thead>
              <tbody>
                {shown.slice(0, shownMax).map((alert) => (
                  <tr key={alert.id}>
                    <td>
                      <AlertState alert={alert} />
                    </td>
                    <td className="break">
                      <button
                        type="button"
                        onClick={() => set({ alert: alert.id })}
                        style={{ all: 'unset', cursor: 'pointer', fontWeight: 500 }}
                        className="alert-name"
                      >
                        {summaryOf(alert)}
                      </button>
                      <div className="dim" style={{ fontSize: '0.75rem' }}>
                        {[
                          alert.labels['kind'],
                          alert.labels['namespace'] && alert.labels['name'] ? `${alert.labels['namespace']}/${alert.labels['name']}` : alert.labels['name'],
                          alert.labels['stage'] && `failed in ${alert.labels['stage']}`,
                        ]
                          .filter(Boolean)
                          .join(' ')}
                      </div>
                    </td>
                    <td>
                      {alert.labels['cluster'] ? (
                        <Link to="/clusters/$name" params={{ name: alert.labels['cluster'] }}>
                          {alert.labels['cluster']}
                        </Link>
                      ) : (
                        '–'
                      )}
                    </td>
                    <td>
                      <When at={alert.startsAt} />
                      {alert.endsAt ? <div className="dim num">for {durationText(Date.parse(alert.endsAt) - Date.parse(alert.startsAt))}</div> : null}
                    </td>
                    <td>{alert.receivers.join(', ') || <span className="dim">no one</span>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {alerts.data.nextCursor || shown.length > shownMax ? (
              <p className="dim" style={{ padding: '8px 12px', margin: 0 }}>
                Only the newest {Math.min(shownMax, shown.length)} are shown.
              </p>
            ) : null}
          </div>
        )}
      </Panel>
      <Deliveries />
      <Drawer
        opened={search.alert !== undefined}
        onClose={() => set({ alert: undefined })}
        position="right"
        transitionProps={{ duration: 0 }}
        title="Alert"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        {search.alert !== undefined && alerts.isSuccess ? <AlertDetails alert={items?.find((alert) => alert.id === search.alert)} /> : null}
      </Drawer>
    </div>
  );
}

function AlertState({ alert }: { alert: AlertResponse }) {
  return alert.state === 'firing' ? <StateMark tone="failing" word="Firing" /> : <StateMark tone="ready" word="Resolved" />;
}

function AlertDetails({ alert }: { alert: AlertResponse | undefined }) {
  if (!alert) return <Empty title="This alert is no longer in the list" />;
  return (
    <div className="stack">
      <AlertState alert={alert} />
      <h2 className="break">{summaryOf(alert)}</h2>
      {alert.annotations['description'] && alert.annotations['description'] !== summaryOf(alert) ? (
        <p className="break" style={{ margin: 0 }}>
          {alert.annotations['description']}
        </p>
      ) : null}
      <dl className="pairs">
        <dt>Started</dt>
        <dd>
          <When at={alert.startsAt} />
        </dd>
        <dt>Ended</dt>
        <dd>{alert.endsAt ? <When at={alert.endsAt} /> : 'still firing'}</dd>
        <dt>Told</dt>
        <dd>{alert.receivers.join(', ') || 'no one: no route matches'}</dd>
        {Object.entries(alert.annotations)
          .filter(([name]) => name !== 'summary' && name !== 'description')
          .map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <Labels labels={alert.labels} />
      {alert.labels['cluster'] ? (
        <Link
          to="/clusters/$name"
          params={{ name: alert.labels['cluster'] }}
          search={
            alert.labels['kind'] && alert.labels['namespace'] && alert.labels['name']
              ? { object: `${alert.labels['kind']}/${alert.labels['namespace']}/${alert.labels['name']}` }
              : {}
          }
        >
          Open it in cluster {alert.labels['cluster']}
        </Link>
      ) : null}
    </div>
  );
}

import { Button, MultiSelect, SegmentedControl } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo } from 'react';
import { queries } from '../../api/queries.js';
import { useKeys } from '../../shell/keys.js';
import { Filter } from '../../ui/Filter.js';
import { Panel } from '../../ui/Panel.js';
import { Empty, Failure, Loading, Partial } from '../../ui/states.js';
import { commitOf } from '../../ui/revision-text.js';
import { coloursOf } from './band-colours.js';
import { ClusterTable } from './ClusterTable.js';
import { FleetMap, MapLegend } from './FleetMap.js';
import { FleetSentence } from './FleetSentence.js';
import { FleetSide } from './FleetSide.js';
import { filterClusters, filterHint } from './filter-clusters.js';
import { defaultGrouping, groupingLabels } from './group-clusters.js';
import { RevisionBars } from './RevisionBars.js';

const River = lazy(async () => ({ default: (await import('./River.js')).River }));
/** Above this many clusters the ledger of the whole fleet is too long to read here; the bars stay. */
const riverClustersMax = 300;

/** The whole fleet: one sentence, map or table, revisions over time, what needs a person. */
export function FleetPage() {
  const search = useSearch({ from: '/shell/' });
  const navigate = useNavigate({ from: '/' });
  const set = useCallback((change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }), [navigate]);
  const summary = useQuery(queries.summary());
  const clusters = useQuery(queries.clusters());
  const all = useMemo(() => clusters.data?.items ?? [], [clusters.data]);
  const riverFits = clusters.isSuccess && all.length <= riverClustersMax && all.length > 0;
  const ledger = useQuery({ ...queries.fleetLedger(), enabled: riverFits });
  const commits = useQuery({ ...queries.revisions(undefined), enabled: all.length > 0 });

  const head = summary.data?.head ?? null;
  const filter = search.q ?? '';
  const shown = useMemo(() => filterClusters(all, filter, head), [all, filter, head]);
  const labels = useMemo(() => groupingLabels(all), [all]);
  const groupBy = useMemo(
    () => (search.group === undefined ? defaultGrouping(all, labels) : search.group === 'none' ? [] : search.group.split(',')),
    [search.group, all, labels],
  );
  const view = search.view === 'table' ? 'table' : 'map';
  const commitItems = commits.data?.items ?? [];
  const colours = useMemo(() => {
    const known = (commits.data?.items ?? [])
      .map((commit) => commit.sha)
      .filter((sha) => summary.data?.revisions.some((each) => commitOf(each.revision) === sha));
    return coloursOf([...known, ...(summary.data?.revisions ?? []).map((each) => each.revision), ...(ledger.data?.items ?? []).map((entry) => entry.revision)]);
  }, [commits.data, summary.data, ledger.data]);
  const bindings = useMemo(() => ({ t: () => set({ view: view === 'map' ? 'table' : undefined }) }), [set, view]);
  useKeys(bindings);
  const setFilter = useCallback((q: string | undefined) => set({ q }), [set]);

  const empty = clusters.isSuccess && all.length === 0;
  return (
    <div className="page stack">
      <h1 style={{ position: 'absolute', left: -9999 }}>Fleet</h1>
      <div style={{ minHeight: 34 }}>
        {summary.data ? (
          <FleetSentence summary={summary.data} />
        ) : summary.isError ? (
          <Failure what="The summary" error={summary.error} retry={() => void summary.refetch()} />
        ) : (
          <Loading rows={1} label="Loading the summary" />
        )}
      </div>
      {clusters.data && !clusters.data.complete ? (
        <Partial>
          {all.length.toLocaleString('en')} of {(summary.data?.clusters ?? all.length).toLocaleString('en')} clusters could be read; the rest not:{' '}
          {clusters.data.problem}
        </Partial>
      ) : null}
      <div className="fleet-grid">
        <div className="stack">
          <Panel
            title="Clusters"
            flush
            actions={
              <>
                <Filter value={filter} onChange={setFilter} placeholder={filterHint} />
                {view === 'map' && labels.length > 0 ? (
                  <MultiSelect
                    size="xs"
                    aria-label="Group by labels"
                    placeholder={groupBy.length === 0 ? 'Group by' : ''}
                    data={labels}
                    value={groupBy.filter((label) => labels.includes(label))}
                    onChange={(value) => set({ group: value.length === 0 ? 'none' : value.join(',') })}
                    maxValues={3}
                    style={{ minWidth: 170 }}
                  />
                ) : null}
                <SegmentedControl
                  size="xs"
                  aria-label="View"
                  data={[
                    { value: 'map', label: 'Map' },
                    { value: 'table', label: 'Table' },
                  ]}
                  value={view}
                  onChange={(value) => set({ view: value === 'table' ? 'table' : undefined })}
                />
              </>
            }
          >
            {clusters.isPending ? (
              <Loading rows={9} label="Loading clusters" />
            ) : clusters.isError ? (
              <Failure what="The clusters" error={clusters.error} retry={() => void clusters.refetch()} />
            ) : empty ? (
              <Empty
                title="No cluster has joined yet"
                action={
                  <Button component={Link} to="/onboard" leftSection={<IconPlus size={14} />}>
                    Onboard the first
                  </Button>
                }
              >
                Give a cluster a name, apply one manifest in it, and it appears here within seconds.
              </Empty>
            ) : shown.length === 0 ? (
              <Empty
                title="No cluster matches the filter"
                action={
                  <Button variant="default" onClick={() => set({ q: undefined })}>
                    Clear the filter
                  </Button>
                }
              >
                Filters take {filterHint}; several words must all hold.
              </Empty>
            ) : view === 'table' ? (
              <ClusterTable
                clusters={shown}
                sort={search.sort}
                cols={search.cols}
                filter={filter}
                onSort={(sort) => set({ sort })}
                onCols={(cols) => set({ cols })}
              />
            ) : (
              <div style={{ padding: '12px 14px' }} className="stack">
                <MapLegend clusters={shown} head={head} />
                <FleetMap clusters={shown} groupBy={groupBy} head={head} />
              </div>
            )}
          </Panel>
          {summary.data && all.length > 0 ? (
            <Panel title="Revisions over time" flush actions={<Link to="/revisions">all revisions</Link>}>
              {riverFits ? (
                <div style={{ padding: '8px 6px 0', minHeight: 228 }}>
                  {ledger.isSuccess ? (
                    <Suspense fallback={<Loading rows={6} label="Loading the chart" />}>
                      <River clusters={all} entries={ledger.data.items} colours={colours} />
                    </Suspense>
                  ) : ledger.isError ? (
                    <Failure what="The ledger" error={ledger.error} retry={() => void ledger.refetch()} />
                  ) : (
                    <Loading rows={6} label="Loading the ledger" />
                  )}
                </div>
              ) : null}
              <RevisionBars summary={summary.data} commits={commitItems} colours={colours} />
            </Panel>
          ) : null}
        </div>
        <FleetSide />
      </div>
    </div>
  );
}

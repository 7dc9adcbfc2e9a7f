import type { ClusterResponse } from '@flotilla/contracts';
import { Button, Checkbox, Menu } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconArrowsSort, IconColumns, IconDownload } from '@tabler/icons-react';
import { columnVisibilityFeature, createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Link } from '@tanstack/react-router';
import { useMemo, useRef } from 'react';
import { Labels } from '../../ui/Labels.js';
import { Pulse } from '../../ui/Pulse.js';
import { Revision } from '../../ui/Revision.js';
import { saveFile } from '../../ui/save-file.js';
import { StateMark } from '../../ui/StateMark.js';
import { clusterWords } from '../../ui/state-words.js';
import { When } from '../../ui/When.js';
import { clustersCsv } from './clusters-csv.js';
import { parseSort, type ColumnId } from './sort-clusters.js';
import { useHeldOrder } from './use-held-order.js';

const rowHeight = 36;
const features = tableFeatures({ columnVisibilityFeature });
const helper = createColumnHelper<typeof features, ClusterResponse>();

/** Widths in CSS grid terms, by column. */
const widths: Record<ColumnId, string> = {
  name: 'minmax(150px, 1.4fr)',
  state: '118px',
  revision: '92px',
  since: '94px',
  ready: '68px',
  labels: 'minmax(160px, 2fr)',
  path: 'minmax(140px, 1fr)',
  agent: '84px',
  flux: '84px',
  kubernetes: '96px',
  received: '96px',
};
const shownAtFirst: readonly ColumnId[] = ['name', 'state', 'revision', 'since', 'ready', 'labels', 'received'];
const titles: Record<ColumnId, string> = {
  name: 'Cluster',
  state: 'State',
  revision: 'Revision',
  since: 'Since',
  ready: 'Ready',
  labels: 'Labels',
  path: 'Path',
  agent: 'Agent',
  flux: 'Flux',
  kubernetes: 'Kubernetes',
  received: 'Last heard',
};
const ids = Object.keys(titles) as ColumnId[];

const cells: Record<ColumnId, (cluster: ClusterResponse) => React.ReactNode> = {
  name: (cluster) => (
    <Link to="/clusters/$name" params={{ name: cluster.name }} style={{ fontWeight: 600, color: 'var(--ink)' }}>
      {cluster.name}
    </Link>
  ),
  state: (cluster) => (
    <Pulse value={cluster.state}>
      <span title={cluster.stateReason}>
        <StateMark {...clusterWords[cluster.state]} stale={cluster.state === 'unknown'} />
      </span>
    </Pulse>
  ),
  revision: (cluster) => (
    <Pulse value={cluster.revision}>
      <Revision value={cluster.revision} />
    </Pulse>
  ),
  since: (cluster) => <When at={cluster.stateSince} />,
  ready: (cluster) => (
    <span className="num">
      {cluster.counts.ready}/{cluster.counts.objects}
    </span>
  ),
  labels: (cluster) => <Labels labels={cluster.labels} />,
  path: (cluster) => <span className="mono">{cluster.path ?? '–'}</span>,
  agent: (cluster) => cluster.agent?.version ?? '–',
  flux: (cluster) => cluster.agent?.fluxVersion ?? '–',
  kubernetes: (cluster) => cluster.agent?.kubernetesVersion ?? '–',
  received: (cluster) => (cluster.agent ? <When at={cluster.agent.lastReceivedAt} /> : <span className="dim">never</span>),
};

const columns = helper.columns(
  ids.map((id) => helper.accessor((cluster) => cluster, { id, header: titles[id], cell: (context) => cells[id](context.getValue()) })),
);

interface Props {
  clusters: readonly ClusterResponse[];
  sort: string | undefined;
  cols: string | undefined;
  filter: string;
  onSort: (sort: string | undefined) => void;
  onCols: (cols: string | undefined) => void;
}

/** The fleet as a table: virtual rows, sort, column choice, CSV of what is shown. Rows keep their place while data streams in. */
export function ClusterTable({ clusters, sort: sortText, cols, filter, onSort, onCols }: Props) {
  const sort = useMemo(() => parseSort(sortText), [sortText]);
  const { rows: ordered, moved, resort } = useHeldOrder(clusters, sort, filter);
  const shown = useMemo(() => new Set<string>(['name', ...(cols?.split(',') ?? shownAtFirst)]), [cols]);
  const visibility = useMemo(() => Object.fromEntries(ids.map((id) => [id, shown.has(id)])), [shown]);
  const table = useTable({ features, columns, data: ordered, getRowId: (cluster) => cluster.id, state: { columnVisibility: visibility } });
  const rows = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const template = ids
    .filter((id) => shown.has(id))
    .map((id) => widths[id])
    .join(' ');
  const minWidth = ids.filter((id) => shown.has(id)).reduce((sum, id) => sum + Number(/\d+/.exec(widths[id])?.[0] ?? 0), 0);

  const toggleSort = (column: ColumnId) =>
    onSort(sort.column === column ? (sort.descending ? (column === 'name' ? undefined : column) : `-${column}`) : column);
  const toggleColumn = (column: ColumnId) => {
    const next = ids.filter((id) => (id === column ? !shown.has(id) : shown.has(id)));
    onCols(next.join(',') === shownAtFirst.join(',') ? undefined : next.join(','));
  };

  return (
    <>
      <div className="row" style={{ padding: '8px 14px', borderBottom: '1px solid var(--line)' }}>
        <span className="dim num" style={{ fontSize: '0.78rem' }}>
          {rows.length.toLocaleString('en')} {rows.length === 1 ? 'cluster' : 'clusters'}
        </span>
        <span style={{ flex: 1 }} />
        {/* always in its place, so that the row does not move when it becomes needed */}
        <Button
          variant="subtle"
          size="compact-xs"
          leftSection={<IconArrowsSort size={13} />}
          onClick={resort}
          style={{ visibility: moved > 0 ? 'visible' : 'hidden' }}
        >
          {moved} changed places, sort again
        </Button>
        <Menu closeOnItemClick={false} position="bottom-end">
          <Menu.Target>
            <Button variant="default" size="compact-xs" leftSection={<IconColumns size={13} />}>
              Columns
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {ids
              .filter((id) => id !== 'name')
              .map((id) => (
                <Menu.Item key={id} component="div" onClick={() => toggleColumn(id)}>
                  <Checkbox size="xs" label={titles[id]} checked={shown.has(id)} readOnly tabIndex={-1} />
                </Menu.Item>
              ))}
          </Menu.Dropdown>
        </Menu>
        <Button
          variant="default"
          size="compact-xs"
          leftSection={<IconDownload size={13} />}
          onClick={() => saveFile('clusters.csv', 'text/csv', clustersCsv(ordered))}
        >
          CSV
        </Button>
      </div>
      <div ref={scroller} className="vtable" tabIndex={0} role="region" aria-label="Clusters, scrollable">
        <div role="table" aria-label="Clusters" aria-rowcount={rows.length + 1} style={{ minWidth }}>
          <div role="rowgroup" className="head">
            {table.getHeaderGroups().map((group) => (
              <div key={group.id} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
                {group.headers.map((header) => {
                  const id = header.column.id as ColumnId;
                  const sorted = sort.column === id;
                  return (
                    <div key={header.id} role="columnheader" aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}>
                      <button type="button" onClick={() => toggleSort(id)}>
                        {titles[id]}
                        {sorted ? sort.descending ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden /> : null}
                      </button>
                    </div>
                  );
                })}
              </div>
            ))}
          </div>
          <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <div
                  key={row.id}
                  role="row"
                  aria-rowindex={item.index + 2}
                  className="bodyrow"
                  style={{ gridTemplateColumns: template, height: rowHeight, transform: `translateY(${item.start}px)` }}
                >
                  {row.getVisibleCells().map((cell) => (
                    <div key={cell.id} role="cell">
                      <table.FlexRender cell={cell} />
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </>
  );
}

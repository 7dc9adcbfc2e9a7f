import type { ClusterResponse } from '@flotilla/contracts';
import { clusterStates } from '@flotilla/contracts';
import { VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { memo, useMemo, useRef } from 'react';
import { StateIcon } from '../../ui/StateMark.js';
import { shortRevision } from '../../ui/revision-text.js';
import { clusterWords } from '../../ui/state-words.js';
import { isBehind } from './filter-clusters.js';
import { groupClusters } from './group-clusters.js';

type Size = 'large' | 'medium' | 'small';
/** Up to these counts tiles carry name and revision, or the name; above, they are squares with the icon of the state. */
const largeMax = 60;
const mediumMax = 300;
/** From this many tiles per group on, a group takes the whole width. */
const groupWideMin = 5;

interface TileProps {
  name: string;
  state: ClusterResponse['state'];
  revision: string | null;
  reason: string;
  behind: boolean;
  diverged: boolean;
  size: Size;
  tabbable: boolean;
}

const Tile = memo(function Tile({ name, state, revision, reason, behind, diverged, size, tabbable }: TileProps) {
  const { tone, word } = clusterWords[state];
  const label = `${name}: ${word}${revision ? ` at ${shortRevision(revision)}` : ''}${behind ? ', behind' : ''}${diverged ? ', rolled back' : ''}`;
  return (
    <li>
      <Link
        to="/clusters/$name"
        params={{ name }}
        preload={false}
        data-tile={name}
        tabIndex={tabbable ? 0 : -1}
        className={`tile ${size} s-${tone}${state === 'unknown' ? ' stale' : ''}${behind ? ' behind' : ''}`}
        aria-label={size === 'large' ? undefined : label}
        title={reason ? `${label}. ${reason}` : label}
      >
        {size === 'small' ? (
          <StateIcon tone={tone} size={11} />
        ) : (
          <span className="name">
            <StateIcon tone={tone} size={12} />
            <span>{name}</span>
          </span>
        )}
        {size === 'large' ? (
          <span className="what">
            <span>{word}</span>
            <span className="mono">
              {diverged ? <span aria-hidden>↶ </span> : null}
              {revision ? shortRevision(revision) : '–'}
            </span>
            {behind || diverged ? <VisuallyHidden>{[behind && 'behind', diverged && 'rolled back'].filter(Boolean).join(', ')}</VisuallyHidden> : null}
          </span>
        ) : null}
      </Link>
    </li>
  );
});

/** A tile per cluster, grouped by labels. One tab stop; arrows move between tiles in all directions by their place on the screen. */
export function FleetMap({ clusters, groupBy, head }: { clusters: readonly ClusterResponse[]; groupBy: readonly string[]; head: string | null }) {
  const groups = useMemo(() => groupClusters(clusters, groupBy), [clusters, groupBy]);
  const size: Size = clusters.length <= largeMax ? 'large' : clusters.length <= mediumMax ? 'medium' : 'small';
  const map = useRef<HTMLDivElement>(null);
  const first = groups[0]?.clusters[0]?.name;
  const roomy = groups.length === 1 || (size !== 'small' && clusters.length / groups.length >= groupWideMin);

  const move = (event: React.KeyboardEvent) => {
    const direction = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    const from = document.activeElement?.closest<HTMLElement>('[data-tile]');
    if (!direction || !from || !map.current) return;
    event.preventDefault();
    const [dx = 0, dy = 0] = direction;
    const start = from.getBoundingClientRect();
    let best: HTMLElement | undefined;
    let bestCost = Infinity;
    for (const tile of map.current.querySelectorAll<HTMLElement>('[data-tile]')) {
      if (tile === from) continue;
      const box = tile.getBoundingClientRect();
      const along = dx * (box.left - start.left) + dy * (box.top - start.top);
      const across = dx === 0 ? Math.abs(box.left - start.left) : Math.abs(box.top - start.top);
      if (along <= 1) continue;
      const cost = along + across * 4;
      if (cost < bestCost) [best, bestCost] = [tile, cost];
    }
    best?.focus();
  };

  return (
    <div ref={map} onKeyDown={move} className={`map${roomy ? ' wide' : ''}`}>
      {groups.map((group) => {
        const failing = group.clusters.filter((cluster) => cluster.state === 'failing' || cluster.state === 'unknown').length;
        const title = group.values.map((value, index) => value ?? `no ${groupBy[index]}`).join(' · ') || 'All clusters';
        return (
          <section key={group.key} aria-label={title}>
            <h3>
              <b>{title}</b>
              <span className="num">
                {group.clusters.length}
                {failing > 0 ? `, ${failing} not well` : ''}
              </span>
            </h3>
            <ul className={`tiles ${size}`}>
              {group.clusters.map((cluster) => (
                <Tile
                  key={cluster.id}
                  name={cluster.name}
                  state={cluster.state}
                  revision={cluster.revision}
                  reason={cluster.stateReason}
                  behind={isBehind(cluster, head)}
                  diverged={cluster.divergences.length > 0}
                  size={size}
                  tabbable={cluster.name === first}
                />
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

/** What the tiles mean, with how many there are of each. */
export function MapLegend({ clusters, head }: { clusters: readonly ClusterResponse[]; head: string | null }) {
  const behind = clusters.filter((cluster) => isBehind(cluster, head)).length;
  return (
    <div className="legend num">
      {clusterStates
        .map((state) => ({ state, count: clusters.filter((cluster) => cluster.state === state).length }))
        .filter(({ count }) => count > 0)
        .map(({ state, count }) => (
          <span key={state} className={`state s-${clusterWords[state].tone}`}>
            <StateIcon tone={clusterWords[state].tone} />
            {clusterWords[state].word} {count}
          </span>
        ))}
      {behind > 0 ? (
        <span>
          <i className="behind-mark" aria-hidden />
          not at head {behind}
        </span>
      ) : null}
    </div>
  );
}

import type { ObjectResponse } from '@flotilla/contracts';
import { Button } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { Pulse } from '../../ui/Pulse.js';
import { Revision } from '../../ui/Revision.js';
import { StateMark } from '../../ui/StateMark.js';
import { objectWords } from '../../ui/state-words.js';
import { When } from '../../ui/When.js';
import { inventoryText, keyOf, objectTree, type TreeNode } from './object-tree.js';
import { stagesOf } from './stages.js';

/** Entries of an inventory shown before "show all". */
const inventoryShown = 24;

interface Props {
  objects: readonly ObjectResponse[];
  selected: string | undefined;
  onSelect: (key: string) => void;
}

/** Source → Kustomization → HelmRelease → inventory, each with its state and, where it failed, the stage. */
export function ObjectTree({ objects, selected, onSelect }: Props) {
  const tree = useMemo(() => objectTree(objects), [objects]);
  return (
    <div style={{ padding: '8px 8px 12px' }}>
      <ul className="tree">
        {tree.roots.map((node) => (
          <Node key={keyOf(node.object)} node={node} selected={selected} onSelect={onSelect} />
        ))}
      </ul>
      {tree.others.length > 0 ? (
        <>
          <h3 className="dim" style={{ padding: '10px 8px 2px', fontWeight: 500 }}>
            Beside the flow
          </h3>
          <ul className="tree">
            {tree.others.map((object) => (
              <Node key={keyOf(object)} node={{ object, children: [] }} selected={selected} onSelect={onSelect} />
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}

function Node({ node, selected, onSelect }: { node: TreeNode; selected: string | undefined; onSelect: (key: string) => void }) {
  const { object } = node;
  const { status } = object;
  const key = keyOf(object);
  const { tone, word } = objectWords[object.state];
  const stages = stagesOf(object);
  const trouble = object.state === 'failed' || object.state === 'unknown';
  return (
    <li>
      <div className="node" data-open={selected === key}>
        <span className="what">
          <span className="kind">{status.kind}</span>
          <button type="button" className="name" onClick={() => onSelect(key)} aria-label={`${status.kind} ${status.namespace}/${status.name}, details`}>
            <span className="dim" style={{ fontWeight: 400 }}>
              {status.namespace}/
            </span>
            {status.name}
          </button>
          {status.source?.commit ? (
            <span className="tag">pinned</span>
          ) : status.source?.tag ? (
            <span className="tag">
              tag <b>{status.source.tag}</b>
            </span>
          ) : status.source?.branch ? (
            <span className="tag">
              branch <b>{status.source.branch}</b>
            </span>
          ) : null}
        </span>
        <span className="right">
          {status.revision ? (
            <Pulse value={status.revision}>
              <Revision value={status.revision} />
            </Pulse>
          ) : null}
          <Pulse value={object.state}>
            <StateMark tone={tone} word={word} stale={object.stale} />
          </Pulse>
          <span className="dim" style={{ fontSize: '0.75rem', minWidth: 62, textAlign: 'right' }}>
            <When at={object.since} />
          </span>
        </span>
        {stages ? (
          <span className="stages" style={{ gridColumn: '1 / -1' }}>
            {stages.map(({ stage, place }, index) => (
              <span key={stage} style={{ display: 'contents' }}>
                {index > 0 ? <IconChevronRight size={10} aria-hidden /> : null}
                <span className={place === 'at' ? 'at' : place === 'done' ? 'done' : undefined}>{place === 'at' ? `failed in ${stage}` : stage}</span>
              </span>
            ))}
          </span>
        ) : null}
        {(trouble || object.state === 'applied' || object.state === 'progressing') && object.message ? (
          <span className="message">
            {object.reason ? <b>{object.reason}: </b> : null}
            {object.message}
          </span>
        ) : null}
      </div>
      {status.inventory && status.inventory.length > 0 ? <Inventory ids={status.inventory} of={`${status.namespace}/${status.name}`} /> : null}
      {node.children.length > 0 ? (
        <ul>
          {node.children.map((child) => (
            <Node key={keyOf(child.object)} node={child} selected={selected} onSelect={onSelect} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

function Inventory({ ids, of }: { ids: readonly string[]; of: string }) {
  const [opened, setOpened] = useState(false);
  const [all, setAll] = useState(false);
  const entries = useMemo(
    () => ids.map((id) => ({ id, ...inventoryText(id) })).toSorted((left, right) => left.kind.localeCompare(right.kind) || left.name.localeCompare(right.name)),
    [ids],
  );
  const shown = all ? entries : entries.slice(0, inventoryShown);
  return (
    <div style={{ marginLeft: 13, borderLeft: '1px solid var(--line)', paddingLeft: 12 }}>
      <Button
        variant="subtle"
        color="gray"
        size="compact-xs"
        style={{ color: 'var(--dim)' }}
        onClick={() => setOpened(!opened)}
        aria-expanded={opened}
        aria-label={`Inventory, ${ids.length} ${ids.length === 1 ? 'object' : 'objects'}, of ${of}`}
        leftSection={opened ? <IconChevronDown size={12} /> : <IconChevronRight size={12} />}
      >
        Inventory, {ids.length} {ids.length === 1 ? 'object' : 'objects'}
      </Button>
      {opened ? (
        <>
          <ul className="inventory">
            {shown.map((entry) => (
              <li key={entry.id}>
                <span className="dim">{entry.kind}</span> {entry.name}
              </li>
            ))}
          </ul>
          {entries.length > shown.length ? (
            <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
              Show all {entries.length}
            </Button>
          ) : null}
        </>
      ) : null}
    </div>
  );
}

import type { RollbackPreviewResponse } from '@flotilla/contracts';
import { Button, Checkbox, Modal, SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { hub } from '../../api/hub.js';
import { Problem } from '../../ui/Problem.js';
import { Revision } from '../../ui/Revision.js';
import { Loading } from '../../ui/states.js';
import { durationText } from '../../ui/time-text.js';
import { acceptable, previewOf } from './rollback-preview.js';

const shownMax = 100;

interface Props {
  to: string;
  opened: boolean;
  scope: string;
  onScope: (scope: string) => void;
  onClose: () => void;
}

/** "Roll back to here": asks for a scope, shows what would happen to which clusters, and starts only after the commit was typed. */
export function RollbackDialog({ to, opened, scope, onScope, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Roll back to ${to.slice(0, 7)}`} size="xl" closeButtonProps={{ 'aria-label': 'Close' }}>
      {opened ? <RollbackForm to={to} scope={scope} onScope={onScope} onClose={onClose} /> : null}
    </Modal>
  );
}

function RollbackForm({ to, scope, onScope, onClose }: Omit<Props, 'opened'>) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [method, setMethod] = useState<'tag' | 'revert'>('tag');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [accepted, setAccepted] = useState<ReadonlySet<string>>(new Set());
  // "in" as a scope keyword would be ambiguous: an empty selector is all clusters, and says so
  const request = { selector: scope, to, method };
  const preview = useMutation({ mutationFn: () => hub.rollbacks.preview(request) });
  const start = useMutation({
    mutationFn: () => hub.rollbacks.start({ ...request, reason, acceptDeletions: [...accepted] }),
    onSuccess: async (rollback) => {
      notifications.show({ message: `Rollback ${rollback.number} has begun; it stays open until it is lifted.` });
      void client.invalidateQueries({ queryKey: ['rollbacks'] });
      await navigate({ to: '/rollbacks', search: { id: rollback.id } });
    },
  });
  const word = to.slice(0, 7);
  const shown = preview.data ? previewOf(preview.data, accepted) : null;
  const changeScope = (value: string) => {
    preview.reset();
    onScope(value);
  };
  return (
    <div className="stack">
      <form
        className="row"
        style={{ alignItems: 'flex-end' }}
        onSubmit={(event) => {
          event.preventDefault();
          preview.mutate();
        }}
      >
        <TextInput
          label="Clusters, by label selector"
          description="Empty: all in your scope"
          placeholder="region=eu,ring in (1,2)"
          value={scope}
          onChange={(event) => changeScope(event.currentTarget.value)}
          style={{ flex: '1 1 260px' }}
          classNames={{ input: 'mono' }}
        />
        <SegmentedControl
          size="xs"
          aria-label="Method"
          value={method}
          onChange={(value) => {
            preview.reset();
            setMethod(value === 'revert' ? 'revert' : 'tag');
          }}
          data={[
            { value: 'tag', label: 'Pin these clusters' },
            { value: 'revert', label: 'Revert commit, whole fleet' },
          ]}
        />
        <Button type="submit" size="sm" variant={preview.data ? 'default' : 'filled'} loading={preview.isPending}>
          Preview
        </Button>
      </form>
      {preview.isPending ? <Loading rows={4} label="Previewing" /> : null}
      {preview.isError ? <Problem error={preview.error} /> : null}
      {preview.data && shown ? (
        <>
          <PreviewTable preview={preview.data} accepted={accepted} onAccept={setAccepted} />
          <dl className="pairs">
            <dt>Will change</dt>
            <dd>
              <b className="num">{shown.changing.length}</b> of {preview.data.targets.length} {preview.data.targets.length === 1 ? 'cluster' : 'clusters'}
              {shown.held.length > 0 ? `; ${shown.held.length} held and left as they are` : ''}
            </dd>
            <dt>Happens</dt>
            <dd>
              {method === 'tag'
                ? 'Their controlled source is pinned to the commit at once, then a commit in the fleet repo makes it last; Flux applies the older state.'
                : 'A revert commit is written to the branch; every cluster that follows it gets it.'}
            </dd>
            <dt>Could be deleted</dt>
            <dd>{shown.deletions === 0 ? 'nothing, by the recorded inventories' : `${shown.deletions} objects, listed above`}</dd>
            <dt>At worst takes</dt>
            <dd className="num">{durationText(shown.worstCaseSeconds * 1000)}</dd>
            <dt>Git</dt>
            <dd>{preview.data.gitReachable ? 'reachable' : `not reachable: ${preview.data.gitMessage}`}</dd>
            <dt>To undo</dt>
            <dd>
              {method === 'tag' ? 'Lift the rollback: the clusters return to their branch.' : 'Revert the revert.'} Every view says “Git declares Y, runs X”
              until then.
            </dd>
          </dl>
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              start.mutate();
            }}
          >
            <Textarea
              label="Reason"
              description="Goes to the audit trail and to everyone who sees these clusters"
              required
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              maxLength={1000}
              autosize
              minRows={2}
            />
            <TextInput
              label={
                <>
                  Type <span className="mono">{word}</span> to confirm
                </>
              }
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              classNames={{ input: 'mono' }}
            />
            {start.isError ? <Problem error={start.error} /> : null}
            <div className="row" style={{ justifyContent: 'flex-end' }}>
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" color="red" disabled={typed !== word || reason.trim() === '' || shown.changing.length === 0} loading={start.isPending}>
                Roll back {shown.changing.length} {shown.changing.length === 1 ? 'cluster' : 'clusters'}
              </Button>
            </div>
          </form>
        </>
      ) : null}
    </div>
  );
}

function PreviewTable({
  preview,
  accepted,
  onAccept,
}: {
  preview: RollbackPreviewResponse;
  accepted: ReadonlySet<string>;
  onAccept: (accepted: ReadonlySet<string>) => void;
}) {
  return (
    <div
      className="scroll-x"
      tabIndex={0}
      role="region"
      aria-label="What would change, scrollable"
      style={{ maxHeight: 320, overflow: 'auto', border: '1px solid var(--line)', borderRadius: 6 }}
    >
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Cluster</th>
            <th scope="col">From</th>
            <th scope="col">Could be deleted</th>
            <th scope="col">Held</th>
          </tr>
        </thead>
        <tbody>
          {preview.targets.slice(0, shownMax).map((target) => (
            <tr key={target.clusterId + target.source.name}>
              <td>
                <b>{target.cluster}</b>
                <div className="dim" style={{ fontSize: '0.75rem' }}>
                  {target.source.namespace}/{target.source.name}
                </div>
              </td>
              <td>
                <Revision value={target.from} link={false} />
              </td>
              <td className="break">
                {target.deletionsKnown ? (
                  target.deletions.length === 0 ? (
                    'nothing'
                  ) : (
                    target.deletions.join(', ')
                  )
                ) : (
                  <span>not known: no inventory was recorded at that revision</span>
                )}
                {target.warnings.map((warning) => (
                  <div key={warning} className="dim">
                    {warning}
                  </div>
                ))}
              </td>
              <td className="break">
                {target.held ?? '–'}
                {acceptable(target) ? (
                  <Checkbox
                    mt={4}
                    size="xs"
                    label={`Roll ${target.cluster} back all the same`}
                    checked={accepted.has(target.cluster)}
                    onChange={(event) => {
                      const next = new Set(accepted);
                      if (event.currentTarget.checked) next.add(target.cluster);
                      else next.delete(target.cluster);
                      onAccept(next);
                    }}
                  />
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {preview.targets.length > shownMax ? (
        <p className="dim" style={{ padding: '8px 12px', margin: 0 }}>
          {preview.targets.length - shownMax} more clusters; all count below.
        </p>
      ) : null}
    </div>
  );
}

import type { RollbackResponse } from '@flotilla/contracts';
import { Button, SegmentedControl } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconArrowForwardUp } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { hub } from '../../api/hub.js';
import { problemOf } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { ConfirmTyped } from '../../ui/ConfirmTyped.js';
import { Panel } from '../../ui/Panel.js';
import { Revision } from '../../ui/Revision.js';
import { StateMark } from '../../ui/StateMark.js';
import type { Tone } from '../../ui/state-words.js';
import { Empty, Failure, Loading } from '../../ui/states.js';
import { When } from '../../ui/When.js';

type RollbackState = RollbackResponse['state'];
const states: Record<RollbackState, { tone: Tone; word: string }> = {
  pending: { tone: 'joining', word: 'Waiting to start' },
  pinning: { tone: 'progressing', word: 'Pinning' },
  pinned: { tone: 'progressing', word: 'Pinned' },
  committing: { tone: 'progressing', word: 'Writing to Git' },
  releasing: { tone: 'progressing', word: 'Releasing the pin' },
  // Git declares it and the pin is released: it lasts until it is lifted
  held: { tone: 'suspended', word: 'In force' },
  lifting: { tone: 'progressing', word: 'Lifting' },
  lifted: { tone: 'ready', word: 'Lifted' },
  failed: { tone: 'failing', word: 'Failed' },
};
const targetsShown = 200;

/** Rollbacks, open ones first: each stays open, with owner and reason, until it is lifted. */
export function RollbacksPage() {
  const search = useSearch({ from: '/shell/rollbacks' });
  const navigate = useNavigate({ from: '/rollbacks' });
  const set = useCallback((change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }), [navigate]);
  const rollbacks = useQuery(queries.rollbacks());
  const show = search.show === 'all' ? 'all' : 'open';
  const items = rollbacks.data?.items ?? [];
  const shown = items.filter((rollback) => show === 'all' || rollback.liftedAt === null || rollback.id === search.id);
  return (
    <div className="page stack">
      <div className="spread">
        <h1>Rollbacks</h1>
        <SegmentedControl
          size="xs"
          aria-label="Which rollbacks"
          value={show}
          onChange={(value) => set({ show: value === 'all' ? 'all' : undefined })}
          data={[
            { value: 'open', label: 'Open' },
            { value: 'all', label: 'All' },
          ]}
        />
      </div>
      {rollbacks.isPending ? (
        <Panel title="Rollbacks" flush>
          <Loading rows={5} label="Loading rollbacks" />
        </Panel>
      ) : rollbacks.isError ? (
        <Failure what="The rollbacks" error={rollbacks.error} retry={() => void rollbacks.refetch()} />
      ) : shown.length === 0 ? (
        <Panel title={show === 'open' ? 'Open rollbacks' : 'Rollbacks'} flush>
          <Empty
            title={show === 'open' ? 'Every cluster follows Git' : 'Nothing was ever rolled back'}
            action={
              <Button component={Link} to="/revisions" variant="default">
                Choose a revision
              </Button>
            }
          >
            To roll back, open the revision to return to and press “Roll back to here”.
          </Empty>
        </Panel>
      ) : (
        shown.map((rollback) => <RollbackPanel key={rollback.id} rollback={rollback} highlighted={rollback.id === search.id} />)
      )}
    </div>
  );
}

function RollbackPanel({ rollback, highlighted }: { rollback: RollbackResponse; highlighted: boolean }) {
  const client = useQueryClient();
  const session = useQuery(queries.session());
  const [lifting, setLifting] = useState(false);
  const lift = useMutation({
    mutationFn: () => hub.rollbacks.lift(rollback.id),
    onSuccess: () => {
      setLifting(false);
      notifications.show({ message: `Rollback ${rollback.number} is being lifted; its clusters return to their branch.` });
      void client.invalidateQueries({ queryKey: ['rollbacks'] });
    },
    onError: (error) => notifications.show({ color: 'red', title: problemOf(error).title, message: problemOf(error).message, autoClose: 10_000 }),
  });
  const mayLift = session.data?.permissions.includes('rollbacks:start') ?? false;
  const open = rollback.liftedAt === null;
  const names = rollback.targets.map((target) => target.cluster);
  return (
    <div style={highlighted ? { outline: '2px solid var(--accent-ink)', borderRadius: 6 } : undefined}>
      <Panel
        flush
        title={
          <>
            Rollback {rollback.number} to <Revision value={rollback.to} copy />
          </>
        }
        actions={
          <>
            <StateMark {...states[rollback.state]} />
            {open ? (
              <Button
                variant="default"
                leftSection={<IconArrowForwardUp size={14} />}
                disabled={!mayLift || rollback.state === 'lifting'}
                onClick={() => setLifting(true)}
              >
                Lift
              </Button>
            ) : null}
          </>
        }
      >
        <div style={{ padding: '12px 14px' }}>
          <dl className="pairs">
            <dt>Reason</dt>
            <dd>{rollback.reason}</dd>
            <dt>Owner</dt>
            <dd>
              {rollback.owner}, <When at={rollback.createdAt} />
            </dd>
            <dt>Scope</dt>
            <dd className="mono">{rollback.selector || 'named clusters, or all'}</dd>
            <dt>Lasts by</dt>
            <dd>
              {rollback.method === 'tag' ? (
                <>
                  tag <span className="mono">{rollback.tag}</span>
                </>
              ) : (
                'a revert commit'
              )}
              {rollback.commit ? (
                <>
                  {' '}
                  in commit <Revision value={rollback.commit} />
                </>
              ) : open ? (
                ', not yet written to Git'
              ) : (
                ''
              )}
            </dd>
            {rollback.liftedAt ? (
              <>
                <dt>Lifted</dt>
                <dd>
                  <When at={rollback.liftedAt} />
                </dd>
              </>
            ) : null}
          </dl>
        </div>
        <div
          className="scroll-x"
          tabIndex={0}
          role="region"
          aria-label={`Clusters of rollback ${rollback.number}, scrollable`}
          style={{ borderTop: '1px solid var(--line)' }}
        >
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">Cluster</th>
                <th scope="col">Progress</th>
                <th scope="col">From</th>
                <th scope="col">Runs</th>
              </tr>
            </thead>
            <tbody>
              {rollback.targets.slice(0, targetsShown).map((target) => (
                <tr key={target.clusterId + target.source.name}>
                  <td>
                    <Link to="/clusters/$name" params={{ name: target.cluster }}>
                      {target.cluster}
                    </Link>
                    <div className="dim" style={{ fontSize: '0.75rem' }}>
                      {target.source.name}
                    </div>
                  </td>
                  <td className="break">
                    {target.held ? <StateMark tone="unknown" word="Left as it is" /> : <StateMark {...states[target.state ?? rollback.state]} />}
                    <div className="dim" style={{ fontSize: '0.75rem' }}>
                      {target.held ?? target.detail ?? ''}
                    </div>
                  </td>
                  <td>
                    <Revision value={target.from} />
                  </td>
                  <td>
                    <Revision value={target.runs ?? null} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      <ConfirmTyped
        opened={lifting}
        onClose={() => setLifting(false)}
        title={`Lift rollback ${rollback.number}`}
        word={`lift ${rollback.number}`}
        action={`Lift on ${names.length} ${names.length === 1 ? 'cluster' : 'clusters'}`}
        busy={lift.isPending}
        onConfirm={() => lift.mutate()}
      >
        <p style={{ margin: 0 }}>
          On {names.length} {names.length === 1 ? 'cluster' : 'clusters'}, <b>{names.slice(0, 12).join(', ')}</b>
          {names.length > 12 ? ` and ${names.length - 12} more` : ''}: the controlled source follows its branch again and Flux applies its head. What was added
          since {rollback.to.slice(-40, -33)} appears, what was removed since is deleted by Flux where it prunes. To undo it, roll back again.
        </p>
      </ConfirmTyped>
    </div>
  );
}

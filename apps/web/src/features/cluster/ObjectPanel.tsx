import type { ClusterResponse, ObjectResponse, Permission } from '@flotilla/contracts';
import { Button, Drawer } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlayerPause, IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { hub } from '../../api/hub.js';
import { problemOf } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { ConfirmTyped } from '../../ui/ConfirmTyped.js';
import { Revision } from '../../ui/Revision.js';
import { StateMark } from '../../ui/StateMark.js';
import { objectWords } from '../../ui/state-words.js';
import { When } from '../../ui/When.js';

const conditionTones = { True: 'ready', False: 'failing', Unknown: 'progressing' } as const;
/** Kinds that a reconcile request or suspend means something to. */
const operable = new Set([
  'GitRepository',
  'OCIRepository',
  'Bucket',
  'HelmRepository',
  'HelmChart',
  'Kustomization',
  'HelmRelease',
  'ImageRepository',
  'ImagePolicy',
  'ImageUpdateAutomation',
  'Receiver',
]);
const operate: Permission = 'objects:operate';

/** One object: its spec in short, conditions, and what can be done to it through the agent. */
export function ObjectPanel({ cluster, object, onClose }: { cluster: ClusterResponse; object: ObjectResponse | undefined; onClose: () => void }) {
  return (
    <Drawer
      opened={object !== undefined}
      onClose={onClose}
      position="right"
      size="md"
      transitionProps={{ duration: 0 }}
      title={object ? `${object.status.kind} ${object.status.namespace}/${object.status.name}` : ''}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {object ? <Details cluster={cluster} object={object} /> : null}
    </Drawer>
  );
}

function Details({ cluster, object }: { cluster: ClusterResponse; object: ObjectResponse }) {
  const { status } = object;
  const client = useQueryClient();
  const session = useQuery(queries.session());
  const [suspending, setSuspending] = useState(false);
  const key = { kind: status.kind, namespace: status.namespace, name: status.name };
  const command = useMutation({
    mutationFn: (type: 'reconcile' | 'suspend' | 'resume') =>
      hub.clusters.command(cluster.name, { type, object: key, ...(type === 'reconcile' && status.workload ? { withSource: true } : {}) }),
    onSuccess: (made) => {
      setSuspending(false);
      notifications.show({ message: `${made.type} was handed to the agent of ${cluster.name}; its outcome appears under Commands.` });
      void client.invalidateQueries({ queryKey: ['operations', 'commands', cluster.name] });
    },
    onError: (error) =>
      notifications.show({
        color: 'red',
        title: problemOf(error).title,
        message: problemOf(error).message,
        autoClose: 10_000,
      }),
  });
  const refusal = !session.data?.permissions.includes(operate)
    ? 'Your role does not carry objects:operate.'
    : cluster.agent === null
      ? 'No agent has joined.'
      : cluster.agent.readOnly
        ? 'The agent was joined read-only: it may change nothing.'
        : !cluster.agent.connected
          ? 'The agent is not connected; a command could not be delivered.'
          : !operable.has(status.kind)
            ? `Nothing can be asked of a ${status.kind}.`
            : null;
  return (
    <div className="stack">
      <div className="row">
        <StateMark {...objectWords[object.state]} stale={object.stale} />
        <span className="dim">
          since <When at={object.since} />
        </span>
      </div>
      {object.message ? (
        <p className="break" style={{ margin: 0 }}>
          {object.reason ? <b>{object.reason}: </b> : null}
          {object.message}
        </p>
      ) : null}
      <div className="row">
        <Button disabled={refusal !== null} loading={command.isPending} leftSection={<IconRefresh size={14} />} onClick={() => command.mutate('reconcile')}>
          Reconcile{status.workload ? ' with source' : ''}
        </Button>
        {status.suspended ? (
          <Button variant="default" disabled={refusal !== null} leftSection={<IconPlayerPlay size={14} />} onClick={() => command.mutate('resume')}>
            Resume
          </Button>
        ) : (
          <Button variant="default" disabled={refusal !== null} leftSection={<IconPlayerPause size={14} />} onClick={() => setSuspending(true)}>
            Suspend
          </Button>
        )}
      </div>
      {refusal ? (
        <span className="dim" style={{ fontSize: '0.78rem' }}>
          {refusal}
        </span>
      ) : null}
      <ConfirmTyped
        opened={suspending}
        onClose={() => setSuspending(false)}
        title={`Suspend ${status.kind} ${status.name}`}
        word={status.name}
        action="Suspend"
        busy={command.isPending}
        onConfirm={() => command.mutate('suspend')}
      >
        <p style={{ margin: 0 }}>
          On 1 cluster, <b>{cluster.name}</b>: Flux stops reconciling {status.namespace}/{status.name}. Nothing is deleted and what runs goes on running, but
          new commits no longer arrive and drift is no longer mended. Undo it with Resume.
        </p>
      </ConfirmTyped>
      <dl className="pairs">
        <dt>Revision</dt>
        <dd>{status.revision ? <Revision value={status.revision} copy /> : '–'}</dd>
        {status.attemptedRevision && status.attemptedRevision !== status.revision ? (
          <>
            <dt>Attempted</dt>
            <dd>
              <Revision value={status.attemptedRevision} copy />
            </dd>
          </>
        ) : null}
        {status.source ? (
          <>
            <dt>URL</dt>
            <dd className="mono">{status.source.url}</dd>
            <dt>Follows</dt>
            <dd className="mono">
              {[
                status.source.branch && `branch ${status.source.branch}`,
                status.source.tag && `tag ${status.source.tag}`,
                status.source.semver && `semver ${status.source.semver}`,
                status.source.commit && `commit ${status.source.commit}${status.source.commitOwner ? ` (set by ${status.source.commitOwner})` : ''}`,
              ]
                .filter(Boolean)
                .join(', ') || '–'}
            </dd>
          </>
        ) : null}
        {status.workload ? (
          <>
            <dt>Reads</dt>
            <dd>
              {status.workload.sourceKind} {status.workload.sourceNamespace}/{status.workload.sourceName}
            </dd>
            {status.workload.path ? (
              <>
                <dt>Path</dt>
                <dd className="mono">{status.workload.path}</dd>
              </>
            ) : null}
            {status.workload.chart ? (
              <>
                <dt>Chart</dt>
                <dd className="mono">{status.workload.chart}</dd>
              </>
            ) : null}
            <dt>Health</dt>
            <dd>{status.workload.checksHealth ? 'checked' : 'not checked: Ready means applied only'}</dd>
            {status.workload.dependsOn.length > 0 ? (
              <>
                <dt>Depends on</dt>
                <dd>{status.workload.dependsOn.join(', ')}</dd>
              </>
            ) : null}
          </>
        ) : null}
        <dt>Generation</dt>
        <dd className="num">
          {status.generation}
          {status.observedGeneration === undefined ? '' : `, observed ${status.observedGeneration}`}
        </dd>
        <dt>Seen by the agent</dt>
        <dd>
          <When at={status.observedAt} />
        </dd>
        <dt>Received</dt>
        <dd>
          <When at={object.receivedAt} />
          {object.stale ? ' (stale: the cluster is silent)' : ''}
        </dd>
      </dl>
      {status.conditions.length > 0 ? (
        <div>
          <h3 style={{ marginBottom: 6 }}>Conditions</h3>
          {status.conditions.map((condition) => (
            <div key={condition.type} style={{ borderTop: '1px solid var(--line)', padding: '6px 0', fontSize: '0.8125rem' }}>
              <div className="spread">
                <b>{condition.type}</b>
                <span className={`state s-${condition.type === 'Stalled' || condition.type === 'Reconciling' ? 'unknown' : conditionTones[condition.status]}`}>
                  {condition.status}, {condition.reason || 'no reason'}
                </span>
              </div>
              <div className="dim break">{condition.message}</div>
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}

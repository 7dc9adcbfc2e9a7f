import { Button, SegmentedControl } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { ClusterResponse, OperationResponse } from '@flotilla/contracts';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { StateMark } from '../../ui/StateMark.js';
import type { Tone } from '../../ui/state-words.js';
import { clusterWords } from '../../ui/state-words.js';
import { Empty, Failure, Loading, NotPossible } from '../../ui/states.js';
import { When } from '../../ui/When.js';
import { BootstrapForm } from './BootstrapForm.js';
import { CreateClusterForm } from './CreateClusterForm.js';
import { JoinPanel } from './JoinPanel.js';
import { Steps } from './Steps.js';

const operationTones: Record<OperationResponse['state'], { tone: Tone; word: string }> = {
  pending: { tone: 'joining', word: 'Waiting to start' },
  running: { tone: 'progressing', word: 'Running' },
  waiting: { tone: 'progressing', word: 'Waiting' },
  succeeded: { tone: 'ready', word: 'Succeeded' },
  failed: { tone: 'failing', word: 'Failed' },
  cancelled: { tone: 'suspended', word: 'Cancelled' },
};

/** Onboarding in steps that survive a reload: the cluster and the operation are in the URL. */
export function OnboardPage() {
  const search = useSearch({ from: '/shell/onboard' });
  const navigate = useNavigate({ from: '/onboard' });
  const client = useQueryClient();
  const set = useCallback((change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }) }), [navigate]);
  const session = useQuery(queries.session());
  const allowed = session.data?.permissions.includes('clusters:create') ?? true;
  const created = (made: ClusterResponse) => {
    client.setQueryData(queries.cluster(made.name).queryKey, made);
    void client.invalidateQueries({ queryKey: ['clusters'] });
    set({ cluster: made.name });
  };
  return (
    <div className="page stack">
      <div>
        <h1>Onboard a cluster</h1>
        <p className="dim" style={{ margin: '4px 0 0' }}>
          Register it, then join it by one manifest, or let the hub bootstrap Flux. You can leave and come back; the address keeps the place.
        </p>
      </div>
      {search.operation !== undefined && search.cluster === undefined ? (
        <OperationPanel id={search.operation} />
      ) : search.cluster === undefined ? (
        <>
          <Panel title="1. Register">
            {allowed ? (
              <CreateClusterForm onCreated={created} />
            ) : (
              <NotPossible>Your role does not carry clusters:create. Ask an admin to register the cluster.</NotPossible>
            )}
          </Panel>
          <Unjoined onPick={(cluster) => set({ cluster })} />
        </>
      ) : (
        <Continue name={search.cluster} how={search.how === 'bootstrap' ? 'bootstrap' : 'join'} operation={search.operation} set={set} />
      )}
    </div>
  );
}

function Unjoined({ onPick }: { onPick: (name: string) => void }) {
  const clusters = useQuery(queries.clusters());
  const waiting = (clusters.data?.items ?? []).filter((cluster) => cluster.agent === null);
  if (waiting.length === 0) return null;
  return (
    <Panel title="Registered, not joined" flush>
      <ul className="steps">
        {waiting.slice(0, 50).map((cluster) => (
          <li key={cluster.id} style={{ gridTemplateColumns: 'minmax(0,1fr) auto' }}>
            <span>
              <b>{cluster.name}</b>{' '}
              <span className="dim">
                registered <When at={cluster.createdAt} />
              </span>
            </span>
            <Button variant="default" size="compact-xs" onClick={() => onPick(cluster.name)} aria-label={`Continue with ${cluster.name}`}>
              Continue
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Continue({
  name,
  how,
  operation,
  set,
}: {
  name: string;
  how: 'join' | 'bootstrap';
  operation: string | undefined;
  set: (change: { how?: string | undefined; operation?: string | undefined; cluster?: string | undefined }) => void;
}) {
  const cluster = useQuery(queries.cluster(name));
  if (cluster.isPending) return <Loading rows={5} label="Loading the cluster" />;
  if (cluster.isError) return <Failure what={`Cluster ${name}`} error={cluster.error} retry={() => void cluster.refetch()} />;
  const it = cluster.data;
  return (
    <>
      <Panel
        title={<>1. {it.name}</>}
        actions={
          <Button variant="subtle" size="compact-xs" onClick={() => set({ cluster: undefined, how: undefined, operation: undefined })}>
            Another cluster
          </Button>
        }
      >
        <div className="row">
          <StateMark {...clusterWords[it.state]} stale={it.state === 'unknown'} />
          <span className="dim">
            {it.fleetRepo ? `${it.fleetRepo.name}, ` : ''}
            <span className="mono">{it.path ?? 'no path: observe only'}</span>
          </span>
          {it.agent ? (
            <Link to="/clusters/$name" params={{ name: it.name }}>
              open the cluster
            </Link>
          ) : null}
        </div>
      </Panel>
      <Panel
        title="2. Connect"
        flush
        actions={
          <SegmentedControl
            size="xs"
            aria-label="How"
            value={how}
            onChange={(value) => set({ how: value === 'bootstrap' ? 'bootstrap' : undefined })}
            data={[
              { value: 'join', label: 'Join manifest' },
              { value: 'bootstrap', label: 'Bootstrap Flux' },
            ]}
          />
        }
      >
        {how === 'join' ? (
          <JoinPanel cluster={it} />
        ) : operation === undefined ? (
          <Bootstrap cluster={it} onStarted={(started) => set({ operation: started.id })} />
        ) : null}
      </Panel>
      {how === 'bootstrap' && operation !== undefined ? <OperationPanel id={operation} onAgain={() => set({ operation: undefined })} /> : null}
    </>
  );
}

function Bootstrap({ cluster, onStarted }: { cluster: ClusterResponse; onStarted: (operation: OperationResponse) => void }) {
  const operations = useQuery(queries.operations(cluster.id));
  const running = operations.data?.items.find(
    (each) => each.kind === 'bootstrap' && (each.state === 'running' || each.state === 'pending' || each.state === 'waiting'),
  );
  return (
    <>
      {running ? (
        <div className="notice s-progressing" style={{ margin: 14 }}>
          <span>
            A bootstrap of this cluster is under way.{' '}
            <Button variant="subtle" size="compact-xs" onClick={() => onStarted(running)}>
              Show it
            </Button>
          </span>
        </div>
      ) : null}
      <BootstrapForm cluster={cluster} onStarted={onStarted} />
    </>
  );
}

function OperationPanel({ id, onAgain }: { id: string; onAgain?: () => void }) {
  const operation = useQuery(queries.operation(id));
  if (operation.isPending) return <Loading rows={6} label="Loading the operation" />;
  if (operation.isError) return <Failure what="The operation" error={operation.error} retry={() => void operation.refetch()} />;
  const it = operation.data;
  return (
    <Panel
      flush
      title={
        <>
          {it.kind} {it.subject}
        </>
      }
      actions={
        <>
          <StateMark {...operationTones[it.state]} />
          <span className="dim" style={{ fontSize: '0.78rem' }}>
            by {it.issuer}, <When at={it.createdAt} />
          </span>
        </>
      }
    >
      {it.steps.length === 0 ? <Empty title="No step has begun" /> : <Steps steps={it.steps} />}
      {it.error ? (
        <div className="notice s-failing" role="alert" style={{ margin: 14 }}>
          <div>
            <strong>{it.error.message}</strong>
            <div>{it.error.remedy}</div>
            <div className="dim mono">{it.error.code}</div>
            {onAgain ? (
              <Button mt={8} variant="default" onClick={onAgain}>
                Start again
              </Button>
            ) : null}
          </div>
        </div>
      ) : null}
    </Panel>
  );
}

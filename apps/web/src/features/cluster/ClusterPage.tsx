import { Button } from '@mantine/core';
import { IconArrowBackUp, IconExternalLink, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import type { ClusterResponse } from '@flotilla/contracts';
import { queries } from '../../api/queries.js';
import { Filter } from '../../ui/Filter.js';
import { Labels } from '../../ui/Labels.js';
import { Panel } from '../../ui/Panel.js';
import { Pulse } from '../../ui/Pulse.js';
import { Revision } from '../../ui/Revision.js';
import { StateMark } from '../../ui/StateMark.js';
import { clusterWords } from '../../ui/state-words.js';
import { Empty, Failure, Loading, Partial } from '../../ui/states.js';
import { When } from '../../ui/When.js';
import { Commands } from './Commands.js';
import { Explain } from './Explain.js';
import { pathLink } from './git-links.js';
import { LedgerTimeline } from './LedgerTimeline.js';
import { keyOf } from './object-tree.js';
import { ObjectPanel } from './ObjectPanel.js';
import { ObjectTree } from './ObjectTree.js';

/** One cluster: what it runs, why it is not where it ought to be, its objects, history and commands. */
export function ClusterPage() {
  const { name } = useParams({ from: '/shell/clusters/$name' });
  const search = useSearch({ from: '/shell/clusters/$name' });
  const navigate = useNavigate({ from: '/clusters/$name' });
  const set = useCallback((change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }), [navigate]);
  const cluster = useQuery(queries.cluster(name));
  const objects = useQuery(queries.objects(name));
  const summary = useQuery(queries.summary());
  const repos = useQuery(queries.fleetRepos());
  const repo = repos.data?.items.find((each) => each.id === cluster.data?.fleetRepo?.id);
  const asked = search.revision ?? repo?.head?.revision ?? summary.data?.head ?? null;
  const filter = (search.q ?? '').toLowerCase();
  const items = objects.data?.items;
  const shown = useMemo(
    () =>
      (items ?? []).filter(
        (object) =>
          filter === '' ||
          `${object.status.kind} ${object.status.namespace}/${object.status.name} ${object.state} ${object.stage ?? ''}`.toLowerCase().includes(filter),
      ),
    [items, filter],
  );
  const openObject = useCallback((object: string | undefined) => set({ object }), [set]);
  const setFilter = useCallback((q: string | undefined) => set({ q }), [set]);

  if (cluster.isPending)
    return (
      <div className="page">
        <h1>{name}</h1>
        <Loading rows={8} label="Loading the cluster" />
      </div>
    );
  if (cluster.isError)
    return (
      <div className="page">
        <h1>{name}</h1>
        <Failure what={`Cluster ${name}`} error={cluster.error} retry={() => void cluster.refetch()} />
      </div>
    );
  const it = cluster.data;
  return (
    <div className="page stack">
      <Header cluster={it} />
      {it.divergences.map((divergence) => (
        <div key={divergence.rollbackId + divergence.sourceName} className="notice s-suspended" role="status">
          <IconArrowBackUp size={17} aria-hidden />
          <div style={{ minWidth: 0 }}>
            <strong>
              Git declares {divergence.declared ? <Revision value={divergence.declared} /> : 'its branch'}, this cluster runs{' '}
              <Revision value={divergence.runs} />
            </strong>
            <div className="break">
              Source {divergence.sourceName} was rolled back <When at={divergence.since} /> by {divergence.owner}: {divergence.reason}.{' '}
              <Link to="/rollbacks" search={{ id: divergence.rollbackId }}>
                Open the rollback to lift it
              </Link>
            </div>
          </div>
        </div>
      ))}
      {it.agent === null ? (
        <Empty
          title="No agent has joined yet"
          action={
            <Button renderRoot={(props) => <Link {...props} to="/onboard" search={{ cluster: it.name }} />} leftSection={<IconPlus size={14} />}>
              Continue onboarding
            </Button>
          }
        >
          The cluster is registered. Apply its join manifest, or bootstrap Flux with a kubeconfig.
        </Empty>
      ) : (
        <div className="cols">
          <div className="stack">
            <Explain cluster={it} revision={asked} onRevision={(revision) => set({ revision })} onObject={openObject} />
            {objects.data && !objects.data.complete ? <Partial>Not all objects could be read: {objects.data.problem}</Partial> : null}
            <Panel
              title="Objects"
              flush
              actions={<Filter value={search.q ?? ''} onChange={setFilter} placeholder="kind, name, failed, stage" label="Filter objects" />}
            >
              {objects.isPending ? (
                <Loading rows={7} label="Loading objects" />
              ) : objects.isError ? (
                <Failure what="The objects" error={objects.error} retry={() => void objects.refetch()} />
              ) : objects.data.items.length === 0 ? (
                <Empty title="The agent sees no Flux object">Bootstrap Flux into this cluster, or check that its controllers are installed.</Empty>
              ) : shown.length === 0 ? (
                <Empty title="No object matches the filter" />
              ) : (
                <ObjectTree objects={shown} selected={search.object} onSelect={openObject} />
              )}
            </Panel>
          </div>
          <div className="stack">
            <Facts cluster={it} pathUrl={it.path ? pathLink(repo, it.path) : null} />
            <LedgerTimeline cluster={it.name} />
            <Commands cluster={it.name} />
          </div>
        </div>
      )}
      <ObjectPanel cluster={it} object={items?.find((object) => keyOf(object) === search.object)} onClose={() => openObject(undefined)} />
    </div>
  );
}

function Header({ cluster }: { cluster: ClusterResponse }) {
  const silent = cluster.state === 'unknown';
  return (
    <div>
      <div className="row" style={{ gap: '4px 14px' }}>
        <h1>{cluster.name}</h1>
        <Pulse value={cluster.state}>
          <StateMark {...clusterWords[cluster.state]} stale={silent} />
        </Pulse>
        <Pulse value={cluster.revision}>
          <Revision value={cluster.revision} copy />
        </Pulse>
        {cluster.revision ? (
          <span className="dim">
            since <When at={cluster.revisionSince} />
          </span>
        ) : null}
      </div>
      <div className="row" style={{ marginTop: 6, gap: '4px 12px' }}>
        <Labels labels={cluster.labels} />
      </div>
      {cluster.stateReason && cluster.state !== 'ready' ? (
        <p className="break" style={{ margin: '8px 0 0' }}>
          {cluster.stateReason}
          {silent && cluster.agent?.lastReceivedAt ? (
            <span className="dim">
              {' '}
              What is shown is as of <When at={cluster.agent.lastReceivedAt} />.
            </span>
          ) : null}
        </p>
      ) : null}
    </div>
  );
}

function Facts({ cluster, pathUrl }: { cluster: ClusterResponse; pathUrl: string | null }) {
  const { agent } = cluster;
  return (
    <Panel title="Facts">
      {agent?.contested ? (
        <div className="notice s-failing" role="alert" style={{ marginBottom: 10 }}>
          <span>Two agents claim this cluster. No command is delivered until one of them stops or the agent is revoked.</span>
        </div>
      ) : null}
      <dl className="pairs">
        <dt>Agent</dt>
        <dd>
          {agent ? (
            <>
              <StateMark tone={agent.connected ? 'ready' : 'unknown'} word={agent.connected ? 'Connected' : 'Not connected'} /> {agent.version}
              {agent.readOnly ? ', read-only' : ''}
            </>
          ) : (
            '–'
          )}
        </dd>
        <dt>Last heard</dt>
        <dd>
          <When at={agent?.lastReceivedAt ?? null} />
        </dd>
        <dt>Flux</dt>
        <dd>{agent?.fluxVersion ?? '–'}</dd>
        <dt>Kubernetes</dt>
        <dd>{agent?.kubernetesVersion ?? '–'}</dd>
        <dt>Objects</dt>
        <dd className="num">
          {cluster.counts.objects}: {cluster.counts.ready} ready, {cluster.counts.failing} failing, {cluster.counts.progressing} progressing,{' '}
          {cluster.counts.suspended} suspended
        </dd>
        <dt>Fleet repo</dt>
        <dd>{cluster.fleetRepo?.name ?? '–'}</dd>
        <dt>Path</dt>
        <dd className="mono">
          {cluster.path === null ? (
            '–'
          ) : pathUrl ? (
            <a href={pathUrl} target="_blank" rel="noreferrer">
              {cluster.path} <IconExternalLink size={12} aria-label="opens the forge" />
            </a>
          ) : (
            cluster.path
          )}
        </dd>
        <dt>Fingerprint</dt>
        <dd className="mono">{agent?.clusterUid ?? '–'}</dd>
        <dt>Key generation</dt>
        <dd className="num">{agent?.incarnation ?? '–'}</dd>
        <dt>Registered</dt>
        <dd>
          <When at={cluster.createdAt} />
        </dd>
      </dl>
    </Panel>
  );
}

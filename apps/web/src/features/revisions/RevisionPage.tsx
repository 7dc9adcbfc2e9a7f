import { commitSha, type ClusterResponse, type LedgerEntryResponse } from '@flotilla/contracts';
import { Button } from '@mantine/core';
import { IconArrowBackUp, IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { problemOf } from '../../api/problem.js';
import { queries } from '../../api/queries.js';
import { Panel } from '../../ui/Panel.js';
import { Revision } from '../../ui/Revision.js';
import { commitOf } from '../../ui/revision-text.js';
import { StateMark } from '../../ui/StateMark.js';
import { clusterWords } from '../../ui/state-words.js';
import { Empty, Failure, Loading, Partial } from '../../ui/states.js';
import { durationText } from '../../ui/time-text.js';
import { When } from '../../ui/When.js';
import { commitLink } from '../cluster/git-links.js';
import { Adoption } from './Adoption.js';
import { RollbackDialog } from './RollbackDialog.js';

/** Rows of clusters drawn on this page; the fleet table shows all. */
const clustersShown = 200;
const pathsShown = 100;
const shortLengthMin = 7;

/** A commit: who, what, which clusters run it and how long they took, and "roll back to here". */
export function RevisionPage() {
  const { sha } = useParams({ from: '/shell/revisions/$sha' });
  const search = useSearch({ from: '/shell/revisions/$sha' });
  const navigate = useNavigate({ from: '/revisions/$sha' });
  const repos = useQuery(queries.fleetRepos());
  const asked = repos.data?.items.find((each) => each.name === search.repo);
  const isFull = commitSha.safeParse(sha).success;
  const one = useQuery({ ...queries.revision(sha), enabled: isFull });
  // an abbreviated id is looked up among the newest commits
  const commits = useQuery({ ...queries.revisions(asked?.id), enabled: !isFull && repos.isSuccess });
  const clusters = useQuery(queries.clusters());
  const ledger = useQuery(queries.fleetLedger());
  const session = useQuery(queries.session());
  const commit = one.data ?? commits.data?.items.find((each) => sha.length >= shortLengthMin && each.sha.startsWith(sha));
  const full = commit?.sha ?? sha;
  const at = useMemo(() => (clusters.data?.items ?? []).filter((cluster) => commitOf(cluster.revision) === full), [clusters.data, full]);
  const applied = useMemo(() => firstApplied(ledger.data?.items ?? [], full), [ledger.data, full]);
  const repo = asked ?? (repos.data?.items.length === 1 ? repos.data.items[0] : undefined);
  const link = commitLink(repo, full);
  const mayRollBack = session.data?.permissions.includes('rollbacks:start') ?? false;

  if (isFull ? one.isPending : commits.isPending)
    return (
      <div className="page">
        <h1 className="mono">{full.slice(0, 7)}</h1>
        <Loading rows={8} label="Loading the commit" />
      </div>
    );
  return (
    <div className="page stack">
      <div className="spread">
        <div style={{ minWidth: 0 }}>
          <h1 className="break">{commit?.subject ?? `Revision ${full.slice(0, 7)}`}</h1>
          <div className="row dim" style={{ marginTop: 4 }}>
            <Revision value={commit?.revision ?? full} copy link={false} />
            {commit ? (
              <span>
                {commit.author}, <When at={commit.committedAt} />
              </span>
            ) : null}
            {link ? (
              <a href={link} target="_blank" rel="noreferrer">
                on the forge <IconExternalLink size={12} aria-hidden />
              </a>
            ) : null}
            {commit?.skipped ? <span className="tag">skip list</span> : null}
          </div>
        </div>
        <Button
          color="red"
          variant="light"
          leftSection={<IconArrowBackUp size={15} />}
          disabled={!mayRollBack}
          title={mayRollBack ? undefined : 'Your role does not carry rollbacks:start'}
          onClick={() => void navigate({ search: (old) => ({ ...old, rollback: 'open' }) })}
        >
          Roll back to here
        </Button>
      </div>
      {commits.isError ? <Failure what="The commits" error={commits.error} retry={() => void commits.refetch()} /> : null}
      {one.isError || (commits.isSuccess && !commit) ? (
        <Partial>
          The mirror does not tell of this commit{one.isError ? ` (${problemOf(one.error).message})` : ' among its newest'}; only what clusters say of it is
          shown.
        </Partial>
      ) : null}
      <div className="cols">
        <div className="stack">
          <Panel title={`Clusters at this revision (${at.length})`} flush>
            {clusters.isPending ? (
              <Loading rows={5} label="Loading clusters" />
            ) : clusters.isError ? (
              <Failure what="The clusters" error={clusters.error} retry={() => void clusters.refetch()} />
            ) : at.length === 0 ? (
              <Empty title="No cluster runs this revision now">{applied.size > 0 ? `${applied.size} did before.` : null}</Empty>
            ) : (
              <ClusterRows clusters={at} applied={applied} committedAt={commit?.committedAt ?? null} />
            )}
          </Panel>
        </div>
        <div className="stack">
          {commit?.adoption ? (
            <Panel title="Adoption">
              <Adoption adoption={commit.adoption} />
            </Panel>
          ) : null}
          {commit ? (
            <Panel title={`Paths (${commit.paths.length})`}>
              <ul className="mono" style={{ margin: 0, padding: 0, listStyle: 'none', fontSize: '0.78rem' }}>
                {commit.paths.slice(0, pathsShown).map((path) => (
                  <li key={path} className="break">
                    {path}
                  </li>
                ))}
                {commit.paths.length > pathsShown ? <li className="dim">{commit.paths.length - pathsShown} more</li> : null}
              </ul>
            </Panel>
          ) : null}
          {commit?.clusters ? (
            <Panel title={`Touches (${commit.clusters.length})`}>
              {commit.clusters.length === 0 ? (
                <span className="dim">No path of a cluster.</span>
              ) : (
                <div className="chips">
                  {commit.clusters.slice(0, clustersShown).map((name) => (
                    <Link key={name} to="/clusters/$name" params={{ name }} className="tag">
                      {name}
                    </Link>
                  ))}
                </div>
              )}
            </Panel>
          ) : null}
        </div>
      </div>
      <RollbackDialog
        to={full}
        opened={search.rollback !== undefined}
        scope={search.scope ?? ''}
        onScope={(scope) => void navigate({ search: (old) => ({ ...old, scope: scope || undefined }), replace: true })}
        onClose={() => void navigate({ search: (old) => ({ ...old, rollback: undefined, scope: undefined }) })}
      />
    </div>
  );
}

/** Per cluster, when a workload first succeeded at the commit. */
function firstApplied(entries: readonly LedgerEntryResponse[], sha: string): Map<string, string> {
  const first = new Map<string, string>();
  for (const entry of entries) {
    if (entry.result !== 'succeeded' || (entry.sha ?? commitOf(entry.revision)) !== sha) continue;
    const known = first.get(entry.clusterId);
    if (known === undefined || entry.from < known) first.set(entry.clusterId, entry.from);
  }
  return first;
}

function ClusterRows({
  clusters,
  applied,
  committedAt,
}: {
  clusters: readonly ClusterResponse[];
  applied: ReadonlyMap<string, string>;
  committedAt: string | null;
}) {
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Clusters at this revision, scrollable">
      <table className="plain">
        <thead>
          <tr>
            <th scope="col">Cluster</th>
            <th scope="col">State</th>
            <th scope="col">At it since</th>
            <th scope="col">Time to apply</th>
          </tr>
        </thead>
        <tbody>
          {clusters.slice(0, clustersShown).map((cluster) => {
            const since = applied.get(cluster.id) ?? cluster.revisionSince;
            const took = since && committedAt ? Date.parse(since) - Date.parse(committedAt) : null;
            return (
              <tr key={cluster.id}>
                <td>
                  <Link to="/clusters/$name" params={{ name: cluster.name }}>
                    {cluster.name}
                  </Link>
                </td>
                <td>
                  <StateMark {...clusterWords[cluster.state]} stale={cluster.state === 'unknown'} />
                </td>
                <td>
                  <When at={since} />
                </td>
                <td className="num">{took === null || took < 0 ? '–' : durationText(took)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {clusters.length > clustersShown ? (
        <p style={{ padding: '8px 12px', margin: 0 }}>
          <Link to="/" search={{ view: 'table', q: `rev:${commitOf(clusters[0]?.revision)?.slice(0, 7) ?? ''}` }}>
            All {clusters.length.toLocaleString('en')} in the fleet table
          </Link>
        </p>
      ) : null}
    </div>
  );
}

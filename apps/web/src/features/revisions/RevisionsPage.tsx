import type { CommitResponse } from '@flotilla/contracts';
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { queries } from '../../api/queries.js';
import { Filter } from '../../ui/Filter.js';
import { Panel } from '../../ui/Panel.js';
import { Empty, Failure, Loading, Partial } from '../../ui/states.js';
import { When } from '../../ui/When.js';
import { Adoption } from './Adoption.js';

/** Commits of a fleet repo, newest first, each with how much of the fleet runs it. */
export function RevisionsPage() {
  const search = useSearch({ from: '/shell/revisions' });
  const navigate = useNavigate({ from: '/revisions' });
  const set = useCallback((change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true }), [navigate]);
  const setFilter = useCallback((q: string | undefined) => set({ q }), [set]);
  const repos = useQuery(queries.fleetRepos());
  const repo = repos.data?.items.find((each) => each.name === search.repo) ?? repos.data?.items[0];
  const commits = useQuery({ ...queries.revisions(repo?.id), enabled: repo !== undefined });
  const filter = (search.q ?? '').toLowerCase();
  const items = commits.data?.items;
  const shown = useMemo(
    () =>
      (items ?? []).filter(
        (commit) =>
          filter === '' ||
          [commit.sha, commit.subject, commit.author, ...commit.paths, ...(commit.clusters ?? [])].some((text) => text.toLowerCase().includes(filter)),
      ),
    [items, filter],
  );
  return (
    <div className="page stack">
      <h1>Revisions</h1>
      {repo?.mirrorError ? (
        <Partial>
          The mirror of {repo.name} could not be renewed: {repo.mirrorError}. Commits are as of <When at={repo.mirroredAt} />.
        </Partial>
      ) : null}
      <Panel
        title={repo ? `${repo.name}, branch ${repo.branch}` : 'Commits'}
        flush
        actions={
          <>
            {(repos.data?.items.length ?? 0) > 1 ? (
              <Select
                size="xs"
                aria-label="Fleet repo"
                allowDeselect={false}
                data={repos.data?.items.map((each) => each.name) ?? []}
                value={repo?.name ?? null}
                onChange={(name) => set({ repo: name ?? undefined })}
                style={{ width: 180 }}
              />
            ) : null}
            <Filter value={search.q ?? ''} onChange={setFilter} placeholder="commit, subject, author, path, cluster" label="Filter commits" />
          </>
        }
      >
        {repos.isPending || (repo && commits.isPending) ? (
          <Loading rows={10} height={44} label="Loading commits" />
        ) : repos.isError ? (
          <Failure what="The fleet repos" error={repos.error} retry={() => void repos.refetch()} />
        ) : commits.isError ? (
          <Failure what="The commits" error={commits.error} retry={() => void commits.refetch()} />
        ) : !repo ? (
          <Empty title="No fleet repo is registered">
            Register one: <span className="mono">flotilla create fleet-repo</span>. Its commits then appear here.
          </Empty>
        ) : (items ?? []).length === 0 ? (
          <Empty title="No commit is known yet">The mirror of {repo.name} is read when it is registered, on every push hook, and by polling.</Empty>
        ) : shown.length === 0 ? (
          <Empty title="No commit matches the filter" />
        ) : (
          <div className="scroll-x" tabIndex={0} role="region" aria-label="Commits, scrollable">
            <table className="plain" style={{ minWidth: 560 }}>
              <thead>
                <tr>
                  <th scope="col">Commit</th>
                  <th scope="col" style={{ width: '46%' }}>
                    Subject
                  </th>
                  <th scope="col" style={{ minWidth: 150 }}>
                    Adoption
                  </th>
                  <th scope="col">When</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((commit) => (
                  <Row key={commit.sha} commit={commit} repo={repo.name} />
                ))}
              </tbody>
            </table>
            {commits.data?.nextCursor ? (
              <p className="dim" style={{ padding: '8px 12px', margin: 0 }}>
                The newest {items?.length} commits are shown.
              </p>
            ) : null}
          </div>
        )}
      </Panel>
    </div>
  );
}

function Row({ commit, repo }: { commit: CommitResponse; repo: string }) {
  const touched = commit.clusters?.length ?? 0;
  return (
    <tr>
      <td>
        <Link to="/revisions/$sha" params={{ sha: commit.sha }} search={{ repo }} className="mono" title={commit.revision}>
          {commit.sha.slice(0, 7)}
        </Link>
      </td>
      <td className="break">
        <span style={{ fontWeight: 500 }}>{commit.subject}</span>
        {commit.skipped ? (
          <span className="tag" style={{ marginLeft: 6 }}>
            skip list
          </span>
        ) : null}
        <div className="dim" style={{ fontSize: '0.75rem' }}>
          {commit.author}
          {touched > 0 ? `, touches ${touched} ${touched === 1 ? 'cluster' : 'clusters'}` : ''}
        </div>
      </td>
      <td>{commit.adoption ? <Adoption adoption={commit.adoption} /> : <span className="dim">–</span>}</td>
      <td>
        <When at={commit.committedAt} />
      </td>
    </tr>
  );
}

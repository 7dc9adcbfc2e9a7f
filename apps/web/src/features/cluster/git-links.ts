import type { FleetRepoResponse } from '@flotilla/contracts';

/** Web address of the forge's repository, for forges whose pages are known; null for plain Git or ssh without a known host. */
function webRoot(repo: FleetRepoResponse): string | null {
  if (repo.provider === 'git') return null;
  const ssh = /^(?:ssh:\/\/)?git@([^:/]+)[:/](.+?)(?:\.git)?$/.exec(repo.url);
  if (ssh) return `https://${ssh[1]}/${ssh[2]}`;
  return /^https?:\/\//.test(repo.url) ? repo.url.replace(/\.git$/, '') : null;
}

/** Page of a directory at the branch. */
export function pathLink(repo: FleetRepoResponse | undefined, path: string): string | null {
  const root = repo ? webRoot(repo) : null;
  if (!repo || root === null) return null;
  return repo.provider === 'gitea' ? `${root}/src/branch/${repo.branch}/${path}` : `${root}/tree/${repo.branch}/${path}`;
}

/** Page of a commit. */
export function commitLink(repo: FleetRepoResponse | undefined, sha: string): string | null {
  const root = repo ? webRoot(repo) : null;
  return root === null ? null : `${root}/commit/${sha}`;
}

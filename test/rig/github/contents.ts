import type { Commit, TreeEntry } from './bare-repository.js';
import { personFrom, refuseEmpty, renderGitCommit, repositoryUrl } from './git-data.js';
import { Refusal, notFound, page, pageBounds, repositoryRoute, requiredText, text, type Answer, type RepositoryCall, type Route } from './route.js';

/** Commits listed by a comparison, as GitHub's first page. */
const MAX_COMPARED = 250;

async function renderCommit(call: RepositoryCall, commit: Commit, withFiles: boolean) {
  const { author, committer, message, tree, url, verification, html_url, parents, sha, node_id } = renderGitCommit(call, commit);
  const api = repositoryUrl(call.forge, call.repository);
  const short = { sha, node_id, html_url, url: `${api}/commits/${sha}`, parents, author: null, committer: null };
  const rendered = { ...short, commit: { author, committer, message, tree, url, verification, comment_count: 0 } };
  if (!withFiles) return rendered;
  return { ...rendered, files: await renderFiles(call, commit.parents[0], commit.sha) };
}

export async function renderFiles({ repository }: RepositoryCall, from: string | undefined, to: string) {
  const files = await repository.git.changedFiles(from, to);
  return files.map((file) => ({ ...file, changes: file.additions + file.deletions }));
}

async function renderEntry({ forge, repository }: RepositoryCall, entry: TreeEntry, ref: string, withContent: boolean) {
  const api = repositoryUrl(forge, repository);
  const content = withContent && entry.type === 'blob' ? (await repository.git.readBlob(entry.sha)).toString('base64') : undefined;
  return {
    name: entry.path.split('/').at(-1) ?? entry.path,
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    type: entry.type === 'tree' ? 'dir' : entry.mode === '120000' ? 'symlink' : 'file',
    url: `${api}/contents/${entry.path}?ref=${ref}`,
    git_url: `${api}/git/${entry.type}s/${entry.sha}`,
    download_url: null,
    ...(content === undefined ? {} : { content, encoding: 'base64' }),
  };
}

async function readContents(call: RepositoryCall, path: string): Promise<Answer> {
  const { repository, query } = call;
  const ref = query.get('ref') ?? repository.defaultBranch;
  if ((await repository.git.refs()).length === 0) throw new Refusal(404, 'This repository is empty.');
  const commit = await repository.git.commitOf(ref.replace(/^refs\/(heads|tags)\//, ''));
  if (commit === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const entry = path === '' ? undefined : await repository.git.entryAt(commit, path);
  if (path !== '' && entry === undefined) throw notFound();
  if (entry?.type === 'blob') return { status: 200, body: await renderEntry(call, entry, ref, true) };
  const prefix = path === '' ? '' : `${path}/`;
  const tree = path === '' ? commit : (entry?.sha ?? commit);
  const entries = await repository.git.readTree(tree, false);
  const body = [];
  for (const child of entries) body.push(await renderEntry(call, { ...child, path: `${prefix}${child.path}` }, ref, false));
  return { status: 200, body };
}

async function changeContents(call: RepositoryCall, path: string, content: Buffer | undefined): Promise<Answer> {
  const { repository, body, forge, login = '' } = call;
  const { git } = repository;
  const message = requiredText(body, 'message');
  const branch = (text(body, 'branch') ?? repository.defaultBranch).replace(/^refs\/heads\//, '');
  const ref = `refs/heads/${branch}`;
  const head = await git.resolve(ref, 'commit');
  // Only the very first commit of a repository may bring its branch with it.
  if (head === undefined && (await git.refs()).length > 0) throw new Refusal(404, `Branch ${branch} not found`);
  const present = head === undefined ? undefined : await git.entryAt(head, path);
  const expected = text(body, 'sha');
  if (present !== undefined && expected === undefined) throw new Refusal(422, `Invalid request.\n\n"sha" wasn't supplied.`);
  if (present !== undefined && expected !== present.sha) throw new Refusal(409, `${path} does not match ${expected}`);
  if (present === undefined && content === undefined) throw notFound();
  const sha = content === undefined ? null : await git.writeBlob(content);
  const tree = await git.writeTree(head, [{ path, mode: present?.mode ?? '100644', sha }]);
  const committer = personFrom(body['committer'], forge.personOf(login));
  const author = personFrom(body['author'], committer);
  const commit = await git.writeCommit({ tree, parents: head === undefined ? [] : [head], author, committer, message });
  if (!(await forge.changing(repository, login, () => git.updateRef(ref, commit, head)))) throw new Refusal(409, `${ref} moved meanwhile`);
  const entry = content === undefined ? undefined : await git.entryAt(commit, path);
  return {
    status: present === undefined ? 201 : 200,
    body: {
      content: entry === undefined ? null : await renderEntry(call, entry, branch, false),
      commit: renderGitCommit(call, await git.readCommit(commit)),
    },
  };
}

function contentOf({ body }: RepositoryCall): Buffer {
  const content = requiredText(body, 'content');
  if (!/^[A-Za-z0-9+/=\s]*$/.test(content)) throw new Refusal(422, 'content is not valid Base64');
  return Buffer.from(content, 'base64');
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { git } = call.repository;
  const [baseName = '', headName = ''] = (call.params['range'] ?? '').split('...');
  const [base, head] = [await git.commitOf(baseName), await git.commitOf(headName)];
  if (base === undefined || head === undefined) throw notFound();
  const mergeBase = await git.mergeBase(base, head);
  if (mergeBase === undefined) throw new Refusal(404, `No common ancestor between ${baseName} and ${headName}.`);
  const [ahead, behind] = [await git.count(head, base), await git.count(base, head)];
  const status = ahead > 0 && behind > 0 ? 'diverged' : ahead > 0 ? 'ahead' : behind > 0 ? 'behind' : 'identical';
  const commits = [];
  for (const commit of (await git.log(head, { from: base, limit: MAX_COMPARED })).reverse()) commits.push(await renderCommit(call, commit, false));
  return {
    status: 200,
    body: {
      status,
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      base_commit: await renderCommit(call, await git.readCommit(base), false),
      merge_base_commit: await renderCommit(call, await git.readCommit(mergeBase), false),
      commits,
      files: await renderFiles(call, mergeBase, head),
    },
  };
}

async function renderBranch(call: RepositoryCall, name: string, sha: string) {
  return { name, commit: await renderCommit(call, await call.repository.git.readCommit(sha), false), protected: false };
}

/** Contents, commits, comparisons, branches. https://docs.github.com/rest/repos/contents, /rest/commits, /rest/branches */
export const contentsRoutes: readonly Route[] = [
  repositoryRoute('GET', '/contents', (call) => readContents(call, '')),
  repositoryRoute('GET', '/contents/*path', (call) => readContents(call, (call.params['path'] ?? '').replace(/\/$/, ''))),
  repositoryRoute('PUT', '/contents/*path', (call) => changeContents(call, call.params['path'] ?? '', contentOf(call))),
  repositoryRoute('DELETE', '/contents/*path', (call) => changeContents(call, call.params['path'] ?? '', undefined)),
  repositoryRoute('GET', '/commits', async (call) => {
    await refuseEmpty(call);
    const { git, defaultBranch } = call.repository;
    const head = await git.commitOf(call.query.get('sha') ?? defaultBranch);
    if (head === undefined) throw notFound();
    const path = call.query.get('path');
    const { size, skip } = pageBounds(call.query);
    const body = [];
    for (const commit of await git.log(head, { limit: size, skip, ...(path === null ? {} : { path }) })) body.push(await renderCommit(call, commit, false));
    return { status: 200, body };
  }),
  repositoryRoute('GET', '/commits/*ref', async (call) => {
    await refuseEmpty(call);
    const name = (call.params['ref'] ?? '').replace(/^(heads|tags)\//, '');
    const sha = await call.repository.git.commitOf(name);
    if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`);
    return { status: 200, body: await renderCommit(call, await call.repository.git.readCommit(sha), true) };
  }),
  repositoryRoute('GET', '/compare/*range', compare),
  repositoryRoute('GET', '/branches', async (call) => {
    const refs = await call.repository.git.refs('refs/heads/');
    return { status: 200, body: page(refs, call.query).map(({ ref, sha }) => ({ name: ref.slice('refs/heads/'.length), commit: { sha }, protected: false })) };
  }),
  repositoryRoute('GET', '/branches/*branch', async (call) => {
    const name = call.params['branch'] ?? '';
    const ref = await call.repository.git.ref(`refs/heads/${name}`);
    if (ref === undefined) throw new Refusal(404, 'Branch not found');
    return { status: 200, body: await renderBranch(call, name, ref.sha) };
  }),
  repositoryRoute('GET', '/tags', async (call) => {
    const body = [];
    for (const { ref } of page(await call.repository.git.refs('refs/tags/'), call.query)) {
      const name = ref.slice('refs/tags/'.length);
      body.push({ name, commit: { sha: await call.repository.git.commitOf(name) } });
    }
    return { status: 200, body };
  }),
];

import type { Octokit } from '@octokit/rest';

/** What one call came to, reduced to what a client relies on: no ids, URLs or times. */
export interface Outcome {
  readonly status: number;
  readonly seen?: unknown;
}

/** Names and object ids that later calls of the same run need. */
export type Memory = Map<string, string>;

export interface ContractCall {
  readonly name: string;
  readonly run: (octokit: Octokit, memory: Memory) => Promise<{ readonly status: number; readonly data: unknown }>;
  /** Picks the fields that must agree out of a success. */
  readonly see?: (data: never, memory: Memory) => unknown;
}

const OWNER = 'octo-fleet';
const REPOSITORY = { owner: OWNER, repo: 'fleet' };
const AUTHOR = { name: 'Ada', email: 'ada@example.invalid', date: '2026-01-02T03:04:05Z' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

function known(memory: Memory, name: string): string {
  const value = memory.get(name);
  if (value === undefined) throw new Error(`an earlier call should have left "${name}"`);
  return value;
}

function keep(memory: Memory, name: string, value: string): string {
  memory.set(name, value);
  return value;
}

interface Sha {
  readonly sha: string;
}

interface Tree extends Sha {
  readonly tree: readonly { readonly path: string; readonly mode: string; readonly type: string; readonly sha: string }[];
}

interface GitCommit extends Sha {
  readonly message: string;
  readonly tree: Sha;
  readonly parents: readonly Sha[];
  readonly author: unknown;
}

interface Ref {
  readonly ref: string;
  readonly object: { readonly sha: string; readonly type: string };
}

interface ContentEntry {
  readonly type: string;
  readonly name: string;
  readonly path: string;
  readonly sha: string;
  readonly size: number;
  readonly content?: string;
}

interface Hook {
  readonly id: number;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: { readonly url?: string; readonly content_type?: string };
}

interface Pull {
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly head: { readonly ref: string };
  readonly base: { readonly ref: string };
  readonly merged: boolean;
}

// The order of a tree's entries is Git's on GitHub and the locale's on emulate.
const sortedTree = ({ tree }: Tree) => tree.map(({ path, mode, type, sha }) => [path, mode, type, sha].join(' ')).sort();
const seeEntry = ({ type, name, path, sha, size }: ContentEntry) => ({ type, name, path, sha, size });
const seeHook = ({ active, events, config }: Hook) => ({ active, events, url: config.url, contentType: config.content_type });
const seePull = ({ number, state, title, head, base, merged }: Pull) => ({ number, state, title, head: head.ref, base: base.ref, merged });

/** A reference's target by the name under which the run knows the commit, as ids of first commits differ in their time. */
function seeRef({ ref, object }: Ref, memory: Memory) {
  const name = [...memory].find(([, value]) => value === object.sha)?.[0] ?? 'a new commit';
  return { ref, type: object.type, target: name };
}

/**
 * The calls on which the stand-in and emulate must agree, in order: the ones a hub makes, minus those where emulate is known to
 * answer otherwise than GitHub (see contract.real.ts for these).
 */
export const CONTRACT: readonly ContractCall[] = [
  {
    name: 'the token names its user',
    run: (api) => api.users.getAuthenticated(),
    see: ({ login, type }: { login: string; type: string }) => ({ login, type }),
  },
  { name: 'a repository that is not there', run: (api) => api.repos.get(REPOSITORY) },
  {
    name: 'create a repository with a first commit',
    run: (api) => api.repos.createForAuthenticatedUser({ name: 'fleet', private: true, auto_init: true }),
    see: ({ name, full_name, private: isPrivate, default_branch }: { name: string; full_name: string; private: boolean; default_branch: string }) => ({
      ...{ name, full_name, isPrivate, default_branch },
    }),
  },
  { name: 'create it again', run: (api) => api.repos.createForAuthenticatedUser({ name: 'fleet', private: true }) },
  {
    name: 'create a repository of an organization',
    run: (api) => api.repos.createInOrg({ org: 'fleet-org', name: 'shared', private: true }),
    see: ({ full_name }: { full_name: string }) => full_name,
  },
  {
    name: 'get it',
    run: (api) => api.repos.get(REPOSITORY),
    see: ({ full_name, default_branch }: { full_name: string; default_branch: string }) => [full_name, default_branch],
  },
  {
    name: 'a branch by reference',
    run: (api) => api.git.getRef({ ...REPOSITORY, ref: 'heads/main' }),
    see: (data: Ref, memory) => {
      keep(memory, 'first commit', data.object.sha);
      return seeRef(data, memory);
    },
  },
  { name: 'a branch that is not there', run: (api) => api.git.getRef({ ...REPOSITORY, ref: 'heads/none' }) },
  {
    name: 'a commit',
    run: (api, memory) => api.git.getCommit({ ...REPOSITORY, commit_sha: known(memory, 'first commit') }),
    see: ({ message, parents, tree }: GitCommit, memory) => {
      keep(memory, 'first tree', tree.sha);
      return { message, parents };
    },
  },
  { name: 'a commit that is not there', run: (api) => api.git.getCommit({ ...REPOSITORY, commit_sha: 'f'.repeat(40) }) },
  {
    name: 'write a blob',
    run: (api) => api.git.createBlob({ ...REPOSITORY, content: 'kind: Namespace\n', encoding: 'utf-8' }),
    see: ({ sha }: Sha, memory) => keep(memory, 'blob', sha),
  },
  {
    name: 'write a blob in base64',
    run: (api) => api.git.createBlob({ ...REPOSITORY, content: base64('größe: 1\n'), encoding: 'base64' }),
    see: ({ sha }: Sha) => sha,
  },
  {
    name: 'read a blob',
    run: (api, memory) => api.git.getBlob({ ...REPOSITORY, file_sha: known(memory, 'blob') }),
    see: ({ content, encoding, size }: { content: string; encoding: string; size: number }) => ({
      text: Buffer.from(content, 'base64').toString(),
      encoding,
      size,
    }),
  },
  {
    name: 'write a tree over another',
    run: (api, memory) =>
      api.git.createTree({
        ...REPOSITORY,
        base_tree: known(memory, 'first tree'),
        tree: [
          { path: 'clusters/a/one.yaml', mode: '100644', type: 'blob', sha: known(memory, 'blob') },
          { path: 'clusters/a/two.yaml', mode: '100644', type: 'blob', content: 'kind: List\n' },
        ],
      }),
    see: (data: Tree, memory) => {
      keep(memory, 'tree', data.sha);
      return sortedTree(data).filter((line) => line.startsWith('clusters'));
    },
  },
  {
    name: 'read a tree with everything below',
    run: (api, memory) => api.git.getTree({ ...REPOSITORY, tree_sha: known(memory, 'tree'), recursive: '1' }),
    see: (data: Tree) => sortedTree(data),
  },
  {
    name: 'take a path out of a tree',
    run: (api, memory) =>
      api.git.createTree({ ...REPOSITORY, base_tree: known(memory, 'tree'), tree: [{ path: 'clusters/a/two.yaml', mode: '100644', type: 'blob', sha: null }] }),
    see: ({ sha }: Tree) => sha,
  },
  {
    name: 'write a commit',
    run: (api, memory) =>
      api.git.createCommit({
        ...REPOSITORY,
        message: 'Add one and two',
        tree: known(memory, 'tree'),
        parents: [known(memory, 'first commit')],
        author: AUTHOR,
      }),
    see: ({ sha, message, author, tree }: GitCommit, memory) => {
      keep(memory, 'second commit', sha);
      return { message, author, tree: tree.sha };
    },
  },
  {
    name: 'move a branch forward',
    run: (api, memory) => api.git.updateRef({ ...REPOSITORY, ref: 'heads/main', sha: known(memory, 'second commit') }),
    see: seeRef,
  },
  {
    name: 'move a branch backward without force',
    run: (api, memory) => api.git.updateRef({ ...REPOSITORY, ref: 'heads/main', sha: known(memory, 'first commit') }),
  },
  {
    name: 'make a branch',
    run: (api, memory) => api.git.createRef({ ...REPOSITORY, ref: 'refs/heads/topic', sha: known(memory, 'first commit') }),
    see: seeRef,
  },
  {
    name: 'make a branch that is there',
    run: (api, memory) => api.git.createRef({ ...REPOSITORY, ref: 'refs/heads/topic', sha: known(memory, 'first commit') }),
  },
  {
    name: 'make a tag',
    run: (api, memory) => api.git.createRef({ ...REPOSITORY, ref: 'refs/tags/fleet/1', sha: known(memory, 'second commit') }),
    see: seeRef,
  },
  {
    name: 'references by prefix',
    run: (api) => api.git.listMatchingRefs({ ...REPOSITORY, ref: 'heads/' }),
    see: (data: Ref[], memory) => data.map((ref) => seeRef(ref, memory)),
  },
  {
    name: 'a branch with its commit',
    run: (api) => api.repos.getBranch({ ...REPOSITORY, branch: 'main' }),
    see: ({ name, commit }: { name: string; commit: Sha }, memory) => [name, commit.sha === memory.get('second commit')],
  },
  {
    name: 'a file',
    run: (api) => api.repos.getContent({ ...REPOSITORY, path: 'clusters/a/one.yaml' }),
    see: (data: ContentEntry) => ({ ...seeEntry(data), text: data.content?.trim() }),
  },
  { name: 'a folder', run: (api) => api.repos.getContent({ ...REPOSITORY, path: 'clusters/a' }), see: (data: ContentEntry[]) => data.map(seeEntry) },
  { name: 'a path that is not there', run: (api) => api.repos.getContent({ ...REPOSITORY, path: 'clusters/b' }) },
  {
    name: 'add a file through the contents API',
    run: (api) => api.repos.createOrUpdateFileContents({ ...REPOSITORY, path: 'topic.yaml', message: 'Add topic', content: base64('a: 1\n'), branch: 'topic' }),
    see: ({ content, commit }: { content: ContentEntry; commit: { message: string } }, memory) => {
      keep(memory, 'file', content.sha);
      return { ...seeEntry(content), message: commit.message };
    },
  },
  {
    name: 'change a file without naming what it replaces',
    run: (api) =>
      api.repos.createOrUpdateFileContents({ ...REPOSITORY, path: 'topic.yaml', message: 'Change topic', content: base64('a: 2\n'), branch: 'topic' }),
  },
  {
    name: 'change a file that has changed meanwhile',
    run: (api) =>
      api.repos.createOrUpdateFileContents({
        ...REPOSITORY,
        path: 'topic.yaml',
        message: 'Change topic',
        content: base64('a: 2\n'),
        branch: 'topic',
        sha: 'a'.repeat(40),
      }),
  },
  {
    name: 'change a file',
    run: (api, memory) =>
      api.repos.createOrUpdateFileContents({
        ...REPOSITORY,
        path: 'topic.yaml',
        message: 'Change topic',
        content: base64('a: 2\n'),
        branch: 'topic',
        sha: known(memory, 'file'),
      }),
    see: ({ content }: { content: ContentEntry }) => seeEntry(content),
  },
  {
    name: 'compare two branches',
    run: (api) => api.repos.compareCommitsWithBasehead({ ...REPOSITORY, basehead: 'main...topic' }),
    see: (data: {
      status: string;
      ahead_by: number;
      behind_by: number;
      total_commits: number;
      commits: { commit: { message: string } }[];
      files?: { filename: string; status: string }[];
    }) => ({
      counts: [data.status, data.ahead_by, data.behind_by, data.total_commits],
      messages: data.commits.map(({ commit }) => commit.message),
      files: data.files?.map(({ filename, status }) => `${status} ${filename}`),
    }),
  },
  {
    name: 'commits of a branch',
    run: (api) => api.repos.listCommits({ ...REPOSITORY, sha: 'topic' }),
    see: (data: { commit: { message: string } }[]) => data.map(({ commit }) => commit.message),
  },
  {
    name: 'a commit with its files',
    run: (api) => api.repos.getCommit({ ...REPOSITORY, ref: 'main' }),
    see: ({ commit, files }: { commit: { message: string; author: unknown }; files?: { filename: string; status: string }[] }) => ({
      ...{ message: commit.message, author: commit.author },
      files: files?.map(({ filename, status }) => `${status} ${filename}`).sort(),
    }),
  },
  {
    name: 'add a webhook',
    run: (api) =>
      api.repos.createWebhook({ ...REPOSITORY, events: ['push'], config: { url: 'http://127.0.0.1:9/hook', content_type: 'json', secret: 'not shown' } }),
    see: (data: Hook, memory) => {
      keep(memory, 'hook', String(data.id));
      return seeHook(data);
    },
  },
  { name: 'webhooks', run: (api) => api.repos.listWebhooks(REPOSITORY), see: (data: Hook[]) => data.map(seeHook) },
  { name: 'remove a webhook', run: (api, memory) => api.repos.deleteWebhook({ ...REPOSITORY, hook_id: Number(known(memory, 'hook')) }) },
  { name: 'remove a webhook that is not there', run: (api, memory) => api.repos.deleteWebhook({ ...REPOSITORY, hook_id: Number(known(memory, 'hook')) }) },
  {
    name: 'open a pull request',
    run: (api) => api.pulls.create({ ...REPOSITORY, title: 'Topic', head: 'topic', base: 'main', body: 'Why' }),
    see: seePull,
  },
  { name: 'get a pull request', run: (api) => api.pulls.get({ ...REPOSITORY, pull_number: 1 }), see: seePull },
  {
    name: 'open pull requests',
    run: (api) => api.pulls.list({ ...REPOSITORY, state: 'open' }),
    see: (data: { title: string }[]) => data.map(({ title }) => title),
  },
  {
    name: 'merge a pull request',
    run: (api) => api.pulls.merge({ ...REPOSITORY, pull_number: 1, merge_method: 'merge' }),
    see: ({ merged }: { merged: boolean }) => merged,
  },
  { name: 'get a merged pull request', run: (api) => api.pulls.get({ ...REPOSITORY, pull_number: 1 }), see: seePull },
  { name: 'remove a branch', run: (api) => api.git.deleteRef({ ...REPOSITORY, ref: 'heads/topic' }) },
];

/** Runs one call and reduces what it came to. */
export async function outcomeOf(call: ContractCall, octokit: Octokit, memory: Memory): Promise<Outcome> {
  try {
    const { status, data } = await call.run(octokit, memory);
    return call.see === undefined ? { status } : { status, seen: call.see(data as never, memory) };
  } catch (error) {
    const { status } = error as { status?: unknown };
    if (typeof status !== 'number') throw error;
    return { status };
  }
}

import type { Commit, Person, Ref, TreeChange } from './bare-repository.js';
import type { Forge, Repository } from './forge.js';
import { Refusal, nested, notFound, repositoryRoute, requiredText, text, type RepositoryCall, type Route } from './route.js';

export const repositoryUrl = (forge: Forge, { owner, name }: Repository) => `${forge.url}/api/v3/repos/${owner.login}/${name}`;

/** The Git data API refuses to work on a repository without a commit; the contents API starts one. */
export async function refuseEmpty({ repository }: RepositoryCall): Promise<void> {
  if ((await repository.git.refs()).length === 0) throw new Refusal(409, 'Git Repository is empty.');
}

function renderRef({ forge, repository }: RepositoryCall, { ref, sha, type }: Ref) {
  const url = repositoryUrl(forge, repository);
  return { ref, node_id: `REF_${ref}`, url: `${url}/git/${ref}`, object: { sha, type, url: `${url}/git/${type}s/${sha}` } };
}

export function renderGitCommit({ forge, repository }: RepositoryCall, commit: Commit) {
  const url = repositoryUrl(forge, repository);
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${forge.url}/${repository.owner.login}/${repository.name}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message.replace(/\n$/, ''),
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({ sha, url: `${url}/git/commits/${sha}` })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null },
  };
}

/** Author or committer that a body gives, else `fallback`; GitHub cuts dates to whole seconds. */
export function personFrom(value: unknown, fallback: Person): Person {
  const given = nested(value);
  const [name, email, date] = [text(given, 'name'), text(given, 'email'), text(given, 'date')];
  const time = date === undefined ? fallback.date : new Date(date).toISOString().replace(/\.\d+Z$/, 'Z');
  return { name: name ?? fallback.name, email: email ?? fallback.email, date: time };
}

const MODES: readonly string[] = ['100644', '100755', '040000', '160000', '120000'];

async function treeChange({ repository }: RepositoryCall, item: unknown): Promise<TreeChange> {
  const entry = nested(item);
  const path = requiredText(entry, 'path');
  const mode = text(entry, 'mode') ?? '100644';
  if (!MODES.includes(mode)) throw new Refusal(422, 'Must supply a valid tree.mode');
  if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '.' || part === '..' || part === '.git')) {
    throw new Refusal(422, 'tree.path contains a malformed path component');
  }
  const content = text(entry, 'content');
  if (content !== undefined) return { path, mode, sha: await repository.git.writeBlob(Buffer.from(content)) };
  if (entry['sha'] === null) return { path, mode, sha: null };
  const sha = requiredText(entry, 'sha');
  if ((await repository.git.resolve(sha, mode === '040000' ? 'tree' : 'blob')) === undefined) {
    throw new Refusal(422, `tree.sha ${sha} is not a valid ${mode === '040000' ? 'tree' : 'blob'}`);
  }
  return { path, mode, sha };
}

async function requireCommit({ repository }: RepositoryCall, sha: string): Promise<string> {
  const found = await repository.git.resolve(sha, 'commit');
  if (found === undefined) throw new Refusal(422, 'Object does not exist');
  return found;
}

/** References, blobs, trees, commits, tags. https://docs.github.com/rest/git */
export const gitDataRoutes: readonly Route[] = [
  repositoryRoute('GET', '/git/ref/*ref', async (call) => {
    await refuseEmpty(call);
    const ref = await call.repository.git.ref(`refs/${call.params['ref']}`);
    if (ref === undefined) throw notFound();
    return { status: 200, body: renderRef(call, ref) };
  }),
  repositoryRoute('GET', '/git/matching-refs/*ref', async (call) => {
    const refs = await call.repository.git.refs(`refs/${call.params['ref']}`);
    return { status: 200, body: refs.map((ref) => renderRef(call, ref)) };
  }),
  repositoryRoute('POST', '/git/refs', async (call) => {
    await refuseEmpty(call);
    const { repository, body, forge, login = '' } = call;
    const [ref, sha] = [requiredText(body, 'ref'), requiredText(body, 'sha')];
    if (!/^refs\/[^/]+\/.+/.test(ref) || !(await repository.git.isValidRef(ref))) throw new Refusal(422, `Reference name ${ref} is invalid`);
    const resolved = (await repository.git.resolve(sha, 'tag')) ?? (await requireCommit(call, sha));
    const isNew = await forge.changing(repository, login, () => repository.git.updateRef(ref, resolved, undefined));
    if (!isNew) throw new Refusal(422, 'Reference already exists');
    return { status: 201, body: renderRef(call, { ref, sha: resolved, type: (await repository.git.ref(ref))?.type ?? 'commit' }) };
  }),
  repositoryRoute('PATCH', '/git/refs/*ref', async (call) => {
    const { repository, body, params, forge, login = '' } = call;
    const current = await repository.git.ref(`refs/${params['ref']}`);
    if (current === undefined) throw new Refusal(422, 'Reference does not exist');
    const sha = await requireCommit(call, requiredText(body, 'sha'));
    if (body['force'] !== true && !(await repository.git.isAncestor(current.sha, sha))) throw new Refusal(422, 'Update is not a fast forward');
    const isUpdated = await forge.changing(repository, login, () => repository.git.updateRef(current.ref, sha, current.sha));
    if (!isUpdated) throw new Refusal(409, 'Reference cannot be updated');
    return { status: 200, body: renderRef(call, { ...current, sha }) };
  }),
  repositoryRoute('DELETE', '/git/refs/*ref', async ({ repository, params, forge, login = '' }) => {
    const ref = await repository.git.ref(`refs/${params['ref']}`);
    if (ref === undefined) throw new Refusal(422, 'Reference does not exist');
    await forge.changing(repository, login, () => repository.git.deleteRef(ref.ref));
    return { status: 204 };
  }),
  repositoryRoute('POST', '/git/blobs', async (call) => {
    await refuseEmpty(call);
    const content = requiredText(call.body, 'content');
    const sha = await call.repository.git.writeBlob(Buffer.from(content, call.body['encoding'] === 'base64' ? 'base64' : 'utf8'));
    return { status: 201, body: { sha, url: `${repositoryUrl(call.forge, call.repository)}/git/blobs/${sha}` } };
  }),
  repositoryRoute('GET', '/git/blobs/:sha', async ({ forge, repository, params }) => {
    const sha = await repository.git.resolve(params['sha'] ?? '', 'blob');
    if (sha === undefined) throw notFound();
    const content = await repository.git.readBlob(sha);
    const url = `${repositoryUrl(forge, repository)}/git/blobs/${sha}`;
    return { status: 200, body: { sha, node_id: `B_${sha}`, size: content.length, url, content: content.toString('base64'), encoding: 'base64' } };
  }),
  repositoryRoute('POST', '/git/trees', async (call) => {
    await refuseEmpty(call);
    const { repository, body } = call;
    const items = body['tree'];
    if (!Array.isArray(items)) throw new Refusal(422, 'Invalid tree info');
    const baseName = text(body, 'base_tree');
    const base = baseName === undefined ? undefined : await repository.git.resolve(baseName, 'tree');
    if (baseName !== undefined && base === undefined) throw new Refusal(404, 'Not Found');
    const changes: TreeChange[] = [];
    for (const item of items) changes.push(await treeChange(call, item));
    const sha = await repository.git.writeTree(base, changes);
    return { status: 201, body: await renderTree(call, sha, false) };
  }),
  repositoryRoute('GET', '/git/trees/*sha', async (call) => {
    await refuseEmpty(call);
    const name = call.params['sha'] ?? '';
    const sha = (await call.repository.git.resolve(name, 'tree')) ?? (await call.repository.git.resolve(`refs/heads/${name}`, 'tree'));
    if (sha === undefined) throw notFound();
    return { status: 200, body: await renderTree(call, sha, call.query.has('recursive')) };
  }),
  repositoryRoute('POST', '/git/commits', async (call) => {
    await refuseEmpty(call);
    const { repository, body, forge, login = '' } = call;
    const message = requiredText(body, 'message');
    const tree = await repository.git.resolve(requiredText(body, 'tree'), 'tree');
    if (tree === undefined) throw new Refusal(422, 'Tree SHA does not exist');
    const given = Array.isArray(body['parents']) ? body['parents'].map(String) : [];
    const parents: string[] = [];
    for (const parent of given) parents.push(await requireCommit(call, parent));
    const author = personFrom(body['author'], forge.personOf(login));
    const committer = personFrom(body['committer'], author);
    const sha = await repository.git.writeCommit({ tree, parents, author, committer, message });
    return { status: 201, body: renderGitCommit(call, await repository.git.readCommit(sha)) };
  }),
  repositoryRoute('GET', '/git/commits/:sha', async (call) => {
    await refuseEmpty(call);
    const sha = await call.repository.git.resolve(call.params['sha'] ?? '', 'commit');
    if (sha === undefined) throw notFound();
    return { status: 200, body: renderGitCommit(call, await call.repository.git.readCommit(sha)) };
  }),
  repositoryRoute('POST', '/git/tags', async (call) => {
    await refuseEmpty(call);
    const { repository, body, forge, login = '' } = call;
    const tagger = personFrom(body['tagger'], forge.personOf(login));
    const [name, message, object] = [requiredText(body, 'tag'), requiredText(body, 'message'), await requireCommit(call, requiredText(body, 'object'))];
    const sha = await repository.git.writeTag({ name, message, object, type: 'commit', tagger });
    return { status: 201, body: { sha, tag: name, message, tagger, object: { sha: object, type: 'commit' } } };
  }),
];

async function renderTree({ forge, repository }: RepositoryCall, sha: string, recursive: boolean) {
  const url = repositoryUrl(forge, repository);
  const entries = await repository.git.readTree(sha, recursive);
  return {
    sha,
    url: `${url}/git/trees/${sha}`,
    tree: entries.map((entry) => ({ ...entry, url: `${url}/git/${entry.type}s/${entry.sha}` })),
    truncated: false,
  };
}

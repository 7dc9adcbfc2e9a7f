import { renderFiles } from './contents.js';
import { now, type Pull } from './forge.js';
import { repositoryUrl } from './git-data.js';
import { Refusal, notFound, page, repositoryRoute, requiredText, text, type RepositoryCall, type Route } from './route.js';

async function currentHead({ repository }: RepositoryCall, pull: Pull): Promise<string> {
  return pull.state === 'closed' ? pull.headSha : ((await repository.git.resolve(`refs/heads/${pull.head}`, 'commit')) ?? pull.headSha);
}

async function renderPull(call: RepositoryCall, pull: Pull) {
  const { forge, repository } = call;
  const label = (ref: string) => `${repository.owner.login}:${ref}`;
  const head = await currentHead(call, pull);
  const base = await repository.git.resolve(`refs/heads/${pull.base}`, 'commit');
  const isMergeable = pull.state === 'open' && base !== undefined ? (await repository.git.mergeTrees(base, head)) !== undefined : null;
  return {
    id: pull.number,
    number: pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    user: { login: pull.author },
    url: `${repositoryUrl(forge, repository)}/pulls/${pull.number}`,
    html_url: `${forge.url}/${repository.owner.login}/${repository.name}/pull/${pull.number}`,
    head: { label: label(pull.head), ref: pull.head, sha: head },
    base: { label: label(pull.base), ref: pull.base, sha: pull.baseSha },
    merged: pull.mergedSha !== undefined,
    merge_commit_sha: pull.mergedSha ?? null,
    mergeable: isMergeable,
    draft: false,
    created_at: pull.created_at,
  };
}

function findPull({ repository, params }: RepositoryCall): Pull {
  const pull = repository.pulls.find(({ number }) => String(number) === params['number']);
  if (pull === undefined) throw notFound();
  return pull;
}

const invalid = (field: string, message?: string) =>
  new Refusal(422, 'Validation Failed', [
    { resource: 'PullRequest', code: message === undefined ? 'invalid' : 'custom', field, ...(message === undefined ? {} : { message }) },
  ]);

async function createPull(call: RepositoryCall): Promise<Pull> {
  const { repository, body, login = '' } = call;
  const { git, pulls } = repository;
  const title = requiredText(body, 'title');
  const head = requiredText(body, 'head').replace(`${repository.owner.login}:`, '');
  const base = requiredText(body, 'base');
  const headSha = await git.resolve(`refs/heads/${head}`, 'commit');
  const baseSha = await git.resolve(`refs/heads/${base}`, 'commit');
  if (headSha === undefined) throw invalid('head');
  if (baseSha === undefined) throw invalid('base');
  if ((await git.count(headSha, baseSha)) === 0) throw invalid('head', `No commits between ${base} and ${head}`);
  if (pulls.some((pull) => pull.state === 'open' && pull.head === head && pull.base === base)) {
    throw invalid('head', `A pull request already exists for ${repository.owner.login}:${head}.`);
  }
  const pull = {
    ...{ number: pulls.length + 1, title, body: text(body, 'body') ?? null, head, base, headSha, baseSha },
    ...{ state: 'open' as const, mergedSha: undefined, author: login, created_at: now() },
  };
  pulls.push(pull);
  return pull;
}

async function mergePull(call: RepositoryCall, pull: Pull): Promise<string> {
  const { repository, body, forge, login = '' } = call;
  const { git } = repository;
  const ref = `refs/heads/${pull.base}`;
  const [base, head] = [await git.resolve(ref, 'commit'), await currentHead(call, pull)];
  if (pull.state !== 'open' || base === undefined) throw new Refusal(405, 'Pull Request is not mergeable');
  const expected = text(body, 'sha');
  if (expected !== undefined && expected !== head) throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  const tree = await git.mergeTrees(base, head);
  if (tree === undefined) throw new Refusal(405, 'Pull Request is not mergeable');
  const method = text(body, 'merge_method') ?? 'merge';
  const person = forge.personOf(login);
  const title =
    text(body, 'commit_title') ??
    (method === 'squash' ? `${pull.title} (#${pull.number})` : `Merge pull request #${pull.number} from ${repository.owner.login}/${pull.head}`);
  const detail = text(body, 'commit_message') ?? (method === 'squash' ? '' : pull.title);
  const parents = method === 'squash' ? [base] : [base, head];
  const sha = await git.writeCommit({ tree, parents, author: person, committer: person, message: detail === '' ? title : `${title}\n\n${detail}` });
  if (!(await forge.changing(repository, login, () => git.updateRef(ref, sha, base))))
    throw new Refusal(405, 'Base branch was modified. Review and try the merge again.');
  pull.headSha = head;
  pull.state = 'closed';
  pull.mergedSha = sha;
  return sha;
}

/** Pull requests between branches of one repository. https://docs.github.com/rest/pulls */
export const pullRoutes: readonly Route[] = [
  repositoryRoute('GET', '/pulls', async (call) => {
    const state = call.query.get('state') ?? 'open';
    const [head, base] = [call.query.get('head')?.split(':').at(-1), call.query.get('base')];
    const fits = (pull: Pull) =>
      (state === 'all' || pull.state === state) && (head === undefined || pull.head === head) && (base === null || pull.base === base);
    const body = [];
    for (const pull of page(call.repository.pulls.filter(fits).reverse(), call.query)) body.push(await renderPull(call, pull));
    return { status: 200, body };
  }),
  repositoryRoute('POST', '/pulls', async (call) => ({ status: 201, body: await renderPull(call, await createPull(call)) })),
  repositoryRoute('GET', '/pulls/:number', async (call) => ({ status: 200, body: await renderPull(call, findPull(call)) })),
  repositoryRoute('PATCH', '/pulls/:number', async (call) => {
    const pull = findPull(call);
    if (pull.mergedSha === undefined && (call.body['state'] === 'closed' || call.body['state'] === 'open')) pull.state = call.body['state'];
    return { status: 200, body: await renderPull(call, pull) };
  }),
  repositoryRoute('GET', '/pulls/:number/files', async (call) => {
    const pull = findPull(call);
    const head = await currentHead(call, pull);
    const base = (await call.repository.git.mergeBase(pull.baseSha, head)) ?? pull.baseSha;
    return { status: 200, body: page(await renderFiles(call, base, head), call.query) };
  }),
  repositoryRoute('PUT', '/pulls/:number/merge', async (call) => {
    const sha = await mergePull(call, findPull(call));
    return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
  }),
];

import { Refusal, nested, notFound, page, repositoryRoute, requiredText, text, type Answer, type Call, type Route } from './route.js';
import { keyBody, now, type Account, type DeployKey, type Forge, type Hook, type Repository } from './forge.js';

function renderAccount({ id, login, type }: Account) {
  return { login, id, node_id: `A_${id}`, type, site_admin: false };
}

function renderRepository(forge: Forge, repository: Repository) {
  const full = `${repository.owner.login}/${repository.name}`;
  return {
    id: repository.id,
    node_id: `R_${repository.id}`,
    name: repository.name,
    full_name: full,
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: renderAccount(repository.owner),
    description: repository.description,
    fork: false,
    archived: false,
    default_branch: repository.defaultBranch,
    url: `${forge.url}/api/v3/repos/${full}`,
    html_url: `${forge.url}/${full}`,
    clone_url: `${forge.url}/${full}.git`,
    ssh_url: `git@${new URL(forge.url).hostname}:${full}.git`,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
  };
}

const NAME = /^[A-Za-z0-9._-]{1,100}$/;

async function createRepository({ forge, body, login }: Call, owner: Account): Promise<Answer> {
  const name = requiredText(body, 'name');
  if (!NAME.test(name)) throw new Refusal(422, 'Repository creation failed.', [{ resource: 'Repository', code: 'invalid', field: 'name' }]);
  if (forge.find(owner.login, name) !== undefined) {
    const message = 'name already exists on this account';
    throw new Refusal(422, 'Repository creation failed.', [{ resource: 'Repository', code: 'custom', field: 'name', message }]);
  }
  const isPrivate = body['private'] === true || body['visibility'] === 'private';
  const repository = await forge.createRepository(owner, { name, private: isPrivate, description: text(body, 'description') ?? null });
  if (body['auto_init'] === true) {
    const blob = await repository.git.writeBlob(Buffer.from(`# ${name}\n`));
    const tree = await repository.git.writeTree(undefined, [{ path: 'README.md', mode: '100644', sha: blob }]);
    const person = forge.personOf(login ?? owner.login);
    const commit = await repository.git.writeCommit({ tree, parents: [], author: person, committer: person, message: 'Initial commit' });
    await repository.git.updateRef(`refs/heads/${repository.defaultBranch}`, commit, undefined);
  }
  return { status: 201, body: renderRepository(forge, repository) };
}

function authenticated({ forge, login }: Call): Account {
  const account = login === undefined ? undefined : forge.account(login);
  if (account === undefined) throw new Refusal(401, 'Requires authentication');
  return account;
}

function renderKey(forge: Forge, repository: Repository, key: DeployKey) {
  const url = `${forge.url}/api/v3/repos/${repository.owner.login}/${repository.name}/keys/${key.id}`;
  return { ...key, url, verified: true, added_by: repository.owner.login, last_used: null, enabled: true };
}

const KEY = /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/=]+( .*)?$/;

function createKey(forge: Forge, repository: Repository, body: Readonly<Record<string, unknown>>): Answer {
  const key = requiredText(body, 'key').trim();
  const refuse = (message: string) => new Refusal(422, 'Validation Failed', [{ resource: 'PublicKey', code: 'custom', field: 'key', message }]);
  if (!KEY.test(key)) throw refuse('key is invalid. You must supply a key in OpenSSH public key format');
  if (repository.keys.some((one) => keyBody(one.key) === keyBody(key))) throw refuse('key is already in use');
  const created = { id: forge.nextId(), key: keyBody(key), title: text(body, 'title') ?? '', read_only: body['read_only'] === true, created_at: now() };
  repository.keys.push(created);
  return { status: 201, body: renderKey(forge, repository, created) };
}

function renderHook(forge: Forge, repository: Repository, hook: Hook) {
  const url = `${forge.url}/api/v3/repos/${repository.owner.login}/${repository.name}/hooks/${hook.id}`;
  // GitHub never gives a secret back.
  const config = hook.config.secret === undefined ? hook.config : { ...hook.config, secret: '********' };
  return { ...hook, type: 'Repository', name: 'web', config, url, ping_url: `${url}/pings`, updated_at: hook.created_at };
}

function hookConfig(value: unknown): Hook['config'] {
  const config = nested(value);
  const url = text(config, 'url');
  if (url === undefined) throw new Refusal(422, 'Validation Failed', [{ resource: 'Hook', code: 'custom', message: 'Config url cannot be blank' }]);
  const secret = text(config, 'secret');
  return {
    url,
    content_type: text(config, 'content_type') ?? 'form',
    insecure_ssl: String(config['insecure_ssl'] ?? '0'),
    ...(secret === undefined ? {} : { secret }),
  };
}

function hookEvents(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : ['push'];
}

function createHook(forge: Forge, repository: Repository, body: Readonly<Record<string, unknown>>): Answer {
  const config = hookConfig(body['config']);
  const events = hookEvents(body['events']);
  if (repository.hooks.some((hook) => hook.config.url === config.url && String(hook.events) === String(events))) {
    throw new Refusal(422, 'Validation Failed', [{ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' }]);
  }
  const hook = { id: forge.nextId(), active: body['active'] !== false, events, config, created_at: now() };
  repository.hooks.push(hook);
  const rendered = renderHook(forge, repository, hook);
  forge.deliver(repository, hook, 'ping', { zen: 'Keep it logically awesome.', hook_id: hook.id, hook: rendered });
  return { status: 201, body: rendered };
}

function byId<T extends { readonly id: number }>(items: readonly T[], id: string | undefined): T {
  const found = items.find((item) => String(item.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Accounts, repositories, deploy keys, webhooks. https://docs.github.com/rest/repos, /rest/deploy-keys, /rest/webhooks */
export const repositoryRoutes: readonly Route[] = [
  { method: 'GET', path: '/user', handle: (call) => ({ status: 200, body: renderAccount(authenticated(call)) }) },
  {
    method: 'GET',
    path: '/user/repos',
    handle: (call) => {
      const repositories = call.forge.repositoriesOf(authenticated(call).login);
      return { status: 200, body: page(repositories, call.query).map((one) => renderRepository(call.forge, one)) };
    },
  },
  { method: 'POST', path: '/user/repos', handle: (call) => createRepository(call, authenticated(call)) },
  {
    method: 'GET',
    path: '/users/:login',
    handle: ({ forge, params }) => {
      const account = forge.account(params['login'] ?? '');
      if (account === undefined) throw notFound();
      return { status: 200, body: renderAccount(account) };
    },
  },
  {
    method: 'GET',
    path: '/orgs/:org',
    handle: ({ forge, params }) => {
      const account = forge.account(params['org'] ?? '');
      if (account?.type !== 'Organization') throw notFound();
      return { status: 200, body: renderAccount(account) };
    },
  },
  {
    method: 'POST',
    path: '/orgs/:org/repos',
    handle: (call) => {
      authenticated(call);
      const account = call.forge.account(call.params['org'] ?? '');
      if (account?.type !== 'Organization') throw notFound();
      return createRepository(call, account);
    },
  },
  repositoryRoute('GET', '', ({ forge, repository }) => ({ status: 200, body: renderRepository(forge, repository) })),
  repositoryRoute('PATCH', '', ({ forge, repository, body }) => {
    repository.defaultBranch = text(body, 'default_branch') ?? repository.defaultBranch;
    return { status: 200, body: renderRepository(forge, repository) };
  }),
  repositoryRoute('DELETE', '', ({ forge, repository }) => {
    forge.deleteRepository(repository);
    return { status: 204 };
  }),
  repositoryRoute('GET', '/keys', ({ forge, repository, query }) => ({
    status: 200,
    body: page(repository.keys, query).map((key) => renderKey(forge, repository, key)),
  })),
  repositoryRoute('POST', '/keys', ({ forge, repository, body }) => createKey(forge, repository, body)),
  repositoryRoute('GET', '/keys/:id', ({ forge, repository, params }) => ({
    status: 200,
    body: renderKey(forge, repository, byId(repository.keys, params['id'])),
  })),
  repositoryRoute('DELETE', '/keys/:id', ({ repository, params }) => {
    repository.keys.splice(repository.keys.indexOf(byId(repository.keys, params['id'])), 1);
    return { status: 204 };
  }),
  repositoryRoute('GET', '/hooks', ({ forge, repository, query }) => ({
    status: 200,
    body: page(repository.hooks, query).map((hook) => renderHook(forge, repository, hook)),
  })),
  repositoryRoute('POST', '/hooks', ({ forge, repository, body }) => createHook(forge, repository, body)),
  repositoryRoute('GET', '/hooks/:id', ({ forge, repository, params }) => ({
    status: 200,
    body: renderHook(forge, repository, byId(repository.hooks, params['id'])),
  })),
  repositoryRoute('PATCH', '/hooks/:id', ({ forge, repository, params, body }) => {
    const hook = byId(repository.hooks, params['id']);
    if (body['config'] !== undefined) hook.config = hookConfig(body['config']);
    if (body['events'] !== undefined) hook.events = hookEvents(body['events']);
    if (typeof body['active'] === 'boolean') hook.active = body['active'];
    return { status: 200, body: renderHook(forge, repository, hook) };
  }),
  repositoryRoute('DELETE', '/hooks/:id', ({ repository, params }) => {
    repository.hooks.splice(repository.hooks.indexOf(byId(repository.hooks, params['id'])), 1);
    return { status: 204 };
  }),
];

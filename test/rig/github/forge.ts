import { createHmac, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BareRepository, type Person, type Ref } from './bare-repository.js';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Organization';
}

export interface DeployKey {
  readonly id: number;
  readonly key: string;
  readonly title: string;
  readonly read_only: boolean;
  readonly created_at: string;
}

export interface Hook {
  readonly id: number;
  active: boolean;
  events: readonly string[];
  config: { readonly url: string; readonly content_type: string; readonly insecure_ssl: string; readonly secret?: string };
  readonly created_at: string;
}

export interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly head: string;
  readonly base: string;
  readonly baseSha: string;
  headSha: string;
  state: 'open' | 'closed';
  mergedSha: string | undefined;
  readonly author: string;
  readonly created_at: string;
}

export interface Repository {
  readonly id: number;
  readonly owner: Account;
  readonly name: string;
  readonly private: boolean;
  readonly description: string | null;
  defaultBranch: string;
  readonly git: BareRepository;
  readonly keys: DeployKey[];
  readonly hooks: Hook[];
  readonly pulls: Pull[];
}

const NO_OBJECT = '0'.repeat(40);
const DELIVERY_TIMEOUT_MS = 10_000;
const PUSH_COMMITS = 20;

export const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** GitHub's key for "same key": type and body, without the comment. */
export const keyBody = (key: string) => key.trim().split(/\s+/).slice(0, 2).join(' ');

/** Accounts, tokens and repositories of the stand-in. */
export class Forge {
  /** Origin of the server, without a trailing slash. */
  url = '';
  readonly root: string;
  private readonly accounts = new Map<string, Account>();
  private readonly tokens = new Map<string, string>();
  private readonly repositories = new Map<string, Repository>();
  private readonly deliveries = new Set<Promise<void>>();
  private lastId = 0;

  constructor(root: string) {
    this.root = root;
  }

  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  addAccount(login: string, type: Account['type']): Account {
    const account = { id: this.nextId(), login, type };
    this.accounts.set(login.toLowerCase(), account);
    return account;
  }

  account(login: string): Account | undefined {
    return this.accounts.get(login.toLowerCase());
  }

  addToken(token: string, login: string): void {
    this.tokens.set(token, login);
  }

  revokeToken(token: string): void {
    this.tokens.delete(token);
  }

  loginOf(token: string): string | undefined {
    return this.tokens.get(token);
  }

  /** An account uses its own repositories, and every user is a member of every organization here. */
  mayUse(login: string | undefined, repository: Repository): boolean {
    return login !== undefined && (repository.owner.type === 'Organization' || repository.owner.login === login);
  }

  find(owner: string, name: string): Repository | undefined {
    return this.repositories.get(`${owner}/${name}`.toLowerCase());
  }

  repositoriesOf(login: string): Repository[] {
    return [...this.repositories.values()].filter(({ owner }) => owner.login === login);
  }

  async createRepository(owner: Account, settings: Pick<Repository, 'name' | 'private' | 'description'>): Promise<Repository> {
    mkdirSync(join(this.root, owner.login), { recursive: true });
    const defaultBranch = 'main';
    const git = await BareRepository.create(join(this.root, owner.login, `${settings.name}.git`), defaultBranch);
    const repository = { id: this.nextId(), owner, ...settings, defaultBranch, git, keys: [], hooks: [], pulls: [] };
    this.repositories.set(`${owner.login}/${settings.name}`.toLowerCase(), repository);
    return repository;
  }

  deleteRepository(repository: Repository): void {
    this.repositories.delete(`${repository.owner.login}/${repository.name}`.toLowerCase());
  }

  /** Who a commit is by when the call does not say. */
  personOf(login: string): Person {
    return { name: login, email: `${login}@users.noreply.example.invalid`, date: now() };
  }

  /** Tells the repository's hooks about every branch and tag that differs between two states. */
  async announce(repository: Repository, before: readonly Ref[], after: readonly Ref[], login: string): Promise<void> {
    const names = new Set([...before, ...after].map(({ ref }) => ref));
    for (const ref of names) {
      const from = before.find((one) => one.ref === ref)?.sha ?? NO_OBJECT;
      const to = after.find((one) => one.ref === ref)?.sha ?? NO_OBJECT;
      if (from !== to) await this.push(repository, { ref, from, to, login });
    }
  }

  /** Runs a change of references and announces it. */
  async changing<T>(repository: Repository, login: string, change: () => Promise<T>): Promise<T> {
    const before = await repository.git.refs();
    const result = await change();
    await this.announce(repository, before, await repository.git.refs(), login);
    return result;
  }

  deliver(repository: Repository, hook: Hook, event: string, payload: unknown): void {
    const body = JSON.stringify(payload);
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/stand-in',
      'x-github-event': event,
      'x-github-delivery': randomUUID(),
      'x-github-hook-id': String(hook.id),
    };
    if (hook.config.secret !== undefined) {
      headers['x-hub-signature-256'] = `sha256=${createHmac('sha256', hook.config.secret).update(body).digest('hex')}`;
    }
    const delivery = fetch(hook.config.url, { method: 'POST', headers, body, signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS) })
      .then((response) => response.body?.cancel())
      // GitHub does not retry a failed delivery either.
      .catch(() => undefined)
      .finally(() => this.deliveries.delete(delivery)) as Promise<void>;
    this.deliveries.add(delivery);
  }

  async settle(): Promise<void> {
    await Promise.all(this.deliveries);
  }

  private async push(repository: Repository, change: { ref: string; from: string; to: string; login: string }): Promise<void> {
    const hooks = repository.hooks.filter(({ active, events }) => active && (events.includes('push') || events.includes('*')));
    if (hooks.length === 0) return;
    const { ref, from, to, login } = change;
    const isDeletion = to === NO_OBJECT;
    const isBranch = ref.startsWith('refs/heads/');
    const range = from === NO_OBJECT ? {} : { from };
    const commits = isDeletion || !isBranch ? [] : (await repository.git.log(to, { ...range, limit: PUSH_COMMITS })).reverse();
    const described = [];
    for (const { sha, message, author, committer, parents, tree } of commits) {
      const files = await repository.git.changedFiles(parents[0], sha);
      const named = (status: string) => files.filter((file) => file.status === status).map(({ filename }) => filename);
      const changes = { added: named('added'), removed: named('removed'), modified: named('modified') };
      described.push({ id: sha, tree_id: tree, message, timestamp: committer.date, author, committer, ...changes });
    }
    const full = `${repository.owner.login}/${repository.name}`;
    const payload = {
      ref,
      before: from,
      after: to,
      created: from === NO_OBJECT,
      deleted: isDeletion,
      forced: from !== NO_OBJECT && !isDeletion && !(await repository.git.isAncestor(from, to)),
      commits: described,
      head_commit: described.at(-1) ?? null,
      pusher: { name: login },
      sender: { login },
      repository: {
        id: repository.id,
        name: repository.name,
        full_name: full,
        private: repository.private,
        default_branch: repository.defaultBranch,
        clone_url: `${this.url}/${full}.git`,
        html_url: `${this.url}/${full}`,
      },
    };
    for (const hook of hooks) this.deliver(repository, hook, 'push', payload);
  }
}

import type { Outbound, OutboundResponse } from '@flotilla/outbound';
import { asGitError, classifyForgeFailure } from '../git-errors.js';
import type { CommitRequest, CommitResult, DeployKey, GitProvider, TreeEntry } from '../git-provider.js';
import { sameKey } from '../github/github-provider.js';
import { PlainGitProvider } from '../plain/plain-git-provider.js';

export interface GiteaOptions {
  /** root of the server, with or without `/api/v1` */
  apiUrl: string;
  owner: string;
  repository: string;
  token: string;
  ca?: string | undefined;
  outbound: Outbound;
  searchPath?: string | undefined;
}

interface Hook {
  config?: { url?: string };
}
interface Key {
  id: number;
  title: string;
  key: string;
  read_only: boolean;
}
interface Repository {
  clone_url: string;
  ssh_url: string;
}

const protectedTags = 'fleet/*';

/** Gitea and Forgejo: repository, keys and hooks through REST, contents through Git over HTTP with the same token. */
export class GiteaProvider implements GitProvider {
  private readonly api: string;
  private plain: PlainGitProvider | undefined;

  constructor(private readonly options: GiteaOptions) {
    this.api = `${options.apiUrl.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`;
  }

  async head(branch: string): Promise<string | null> {
    return (await this.git()).head(branch);
  }
  async readFile(commit: string, path: string): Promise<string | null> {
    return (await this.git()).readFile(commit, path);
  }
  async listDirectory(commit: string, path: string): Promise<TreeEntry[]> {
    return (await this.git()).listDirectory(commit, path);
  }
  async commit(request: CommitRequest): Promise<CommitResult> {
    return (await this.git()).commit(request);
  }

  async createTag(name: string, commit: string): Promise<{ created: boolean; protected: boolean }> {
    const { created } = await (await this.git()).createTag(name, commit);
    return { created, protected: await this.protectTags() };
  }

  async ensureRepository(options: { personal: boolean; private: boolean; description: string; defaultBranch: string }): Promise<{ created: boolean }> {
    const action = `creating repository ${this.options.owner}/${this.options.repository}`;
    const present = await this.call('GET', this.path(''), action, undefined, [404]);
    if (present) return { created: false };
    const body = {
      name: this.options.repository,
      private: options.private,
      description: options.description,
      default_branch: options.defaultBranch,
      auto_init: false,
    };
    await this.call('POST', options.personal ? '/user/repos' : `/orgs/${encodeURIComponent(this.options.owner)}/repos`, action, body);
    return { created: true };
  }

  async ensureDeployKey(key: DeployKey): Promise<{ supported: boolean; changed: boolean }> {
    const action = `setting deploy key ${key.title}`;
    const keys = ((await this.call('GET', this.path('/keys?limit=50'), action))?.json() ?? []) as Key[];
    const present = keys.find((candidate) => candidate.title === key.title);
    if (present && sameKey(present.key, key.publicKey) && present.read_only === key.readOnly) return { supported: true, changed: false };
    if (present) await this.call('DELETE', this.path(`/keys/${present.id}`), action, undefined, [404]);
    await this.call('POST', this.path('/keys'), action, { title: key.title, key: key.publicKey.trim(), read_only: key.readOnly });
    return { supported: true, changed: true };
  }

  async ensureWebhook(hook: { url: string; secret: string }): Promise<{ supported: boolean; created: boolean }> {
    const action = 'setting the webhook';
    const hooks = ((await this.call('GET', this.path('/hooks?limit=50'), action))?.json() ?? []) as Hook[];
    if (hooks.some((candidate) => candidate.config?.url === hook.url)) return { supported: true, created: false };
    await this.call('POST', this.path('/hooks'), action, {
      type: 'gitea',
      active: true,
      events: ['push'],
      config: { url: hook.url, content_type: 'json', secret: hook.secret },
    });
    return { supported: true, created: true };
  }

  async cloneUrls(): Promise<{ ssh: string | null; http: string | null }> {
    const repository = (await this.call('GET', this.path(''), 'reading the repository'))?.json() as Repository;
    return { ssh: repository.ssh_url.startsWith('ssh://') ? repository.ssh_url : sshFromScp(repository.ssh_url), http: repository.clone_url };
  }

  async close(): Promise<void> {
    await this.plain?.close();
  }

  private async git(): Promise<PlainGitProvider> {
    if (!this.plain) {
      const { owner, repository, token, ca, outbound, searchPath } = this.options;
      // the address the API was given is the one that answers; clone_url is what the server believes its name to be
      const url = `${this.api.slice(0, -'/api/v1'.length)}/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}.git`;
      this.plain = new PlainGitProvider({ url, credentials: { username: 'git', token, ...(ca === undefined ? {} : { caFile: ca }) }, outbound, searchPath });
    }
    return Promise.resolve(this.plain);
  }

  /** Guards the hub's tags (Gitea 1.23 and later); older servers and weaker tokens leave them unguarded and the answer says so. */
  private async protectTags(): Promise<boolean> {
    const refused = [403, 404, 405, 422];
    const present = await this.call('GET', this.path('/tag_protections'), 'reading tag protections', undefined, refused);
    if (!present) return false;
    if ((present.json() as { name_pattern?: string }[]).some((rule) => rule.name_pattern === protectedTags)) return true;
    const user = (await this.call('GET', '/user', 'reading the user of the token', undefined, refused))?.json() as { login?: string } | undefined;
    if (user?.login === undefined) return false;
    return (
      (await this.call(
        'POST',
        this.path('/tag_protections'),
        'protecting tags',
        { name_pattern: protectedTags, whitelist_usernames: [user.login] },
        refused,
      )) !== null
    );
  }

  private path(rest: string): string {
    return `/repos/${encodeURIComponent(this.options.owner)}/${encodeURIComponent(this.options.repository)}${rest}`;
  }

  /** One REST call; null for a status in `absent`. */
  private async call(method: string, path: string, action: string, body?: unknown, absent: readonly number[] = []): Promise<OutboundResponse | null> {
    let answer: OutboundResponse;
    try {
      answer = await this.options.outbound.request(`${this.api}${path}`, {
        method,
        headers: {
          authorization: `token ${this.options.token}`,
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      throw asGitError(action, error);
    }
    if (absent.includes(answer.status)) return null;
    if (answer.status >= 300) throw classifyForgeFailure(action, answer.status, answer.text());
    return answer;
  }
}

/** `git@host:owner/name.git`, which Flux does not take, as the `ssh://` URL it does. */
function sshFromScp(text: string): string | null {
  const match = /^([^@/\s]+)@([^:/\s]+):(.+)$/.exec(text);
  return match ? `ssh://${match[1] ?? ''}@${match[2] ?? ''}/${match[3] ?? ''}` : null;
}

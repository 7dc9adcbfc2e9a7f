import { FlotillaError } from '@flotilla/contracts';
import type { Outbound } from '@flotilla/outbound';
import { Octokit } from '@octokit/rest';
import { asGitError } from '../git-errors.js';
import type { CommitAuthor, CommitRequest, CommitResult, DeployKey, GitProvider, TreeEntry, TreeEntryType } from '../git-provider.js';

export const githubApiUrlDefault = 'https://api.github.com';
/** Tags of the hub that a ruleset guards. */
const protectedTags = 'refs/tags/fleet/*';
const rulesetName = 'Flotilla fleet tags';

export interface GithubOptions {
  apiUrl: string;
  owner: string;
  repository: string;
  token: string;
  outbound: Outbound;
}

interface TreeItem {
  path: string;
  mode: '100644';
  type: 'blob';
  sha: string | null;
}

const entryTypes: Readonly<Record<string, TreeEntryType>> = { dir: 'directory', symlink: 'symlink', submodule: 'submodule' };

/** GitHub (and GitHub Enterprise Server) through its REST API: contents and Git data, with a personal access token. */
export class GithubProvider implements GitProvider {
  private readonly octokit: Octokit;
  private readonly at: { owner: string; repo: string };

  constructor(private readonly options: GithubOptions) {
    const silent = () => undefined;
    this.at = { owner: options.owner, repo: options.repository };
    this.octokit = new Octokit({
      auth: options.token,
      baseUrl: options.apiUrl.replace(/\/+$/, ''),
      request: { fetch: options.outbound.fetch.bind(options.outbound) },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
  }

  async head(branch: string): Promise<string | null> {
    // 409: the repository is empty
    const answer = await this.call(`reading branch ${branch}`, () => this.octokit.git.getRef({ ...this.at, ref: `heads/${branch}` }), [404, 409]);
    if (answer) return answer.data.object.sha;
    // a branch that is absent and a repository that is absent are both 404
    await this.call('looking for the repository', () => this.octokit.repos.get(this.at));
    return null;
  }

  async readFile(commit: string, path: string): Promise<string | null> {
    const action = `reading ${path}`;
    const answer = await this.call(action, () => this.octokit.repos.getContent({ ...this.at, path, ref: commit }), [404]);
    if (!answer || Array.isArray(answer.data) || answer.data.type !== 'file') return null;
    const { content, encoding, sha, size } = answer.data as { content: string; encoding: string; sha: string; size: number };
    if (encoding === 'base64' && (content !== '' || size === 0)) return Buffer.from(content, 'base64').toString('utf8');
    // above 1 MB the contents API gives no content
    const blob = await this.call(action, () => this.octokit.git.getBlob({ ...this.at, file_sha: sha }));
    return Buffer.from(blob.data.content, 'base64').toString('utf8');
  }

  async listDirectory(commit: string, path: string): Promise<TreeEntry[]> {
    const answer = await this.call(`listing ${path}`, () => this.octokit.repos.getContent({ ...this.at, path, ref: commit }), [404]);
    if (!answer || !Array.isArray(answer.data)) return [];
    return answer.data.map((entry) => ({ name: entry.name, type: entryTypes[entry.type] ?? 'file', sha: entry.sha }));
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    const action = `committing to branch ${request.branch}`;
    const parent = await this.head(request.branch);
    if (parent !== request.expectedParent)
      throw new FlotillaError('git-conflict', `${action}: the branch is at ${parent ?? 'no commit'}, not at ${request.expectedParent ?? 'no commit'}`, {
        retryable: true,
      });
    const author = this.identity(request.author);
    if (parent === null && (await this.isEmpty())) return this.firstCommit(action, request, author);

    const from = parent ?? request.startFrom;
    const base = from === undefined ? undefined : (await this.call(action, () => this.octokit.git.getCommit({ ...this.at, commit_sha: from }))).data.tree.sha;
    const tree = await this.writeTree(action, request, base);
    if (parent !== null && tree === base) return { sha: parent, changed: false };
    const parents = from === undefined ? [] : [from];
    const commit = await this.call(action, () =>
      this.octokit.git.createCommit({ ...this.at, message: request.message, tree, parents, author, committer: author }),
    );
    const { sha } = commit.data;
    if (parent === null) await this.call(action, () => this.octokit.git.createRef({ ...this.at, ref: `refs/heads/${request.branch}`, sha }));
    else await this.call(action, () => this.octokit.git.updateRef({ ...this.at, ref: `heads/${request.branch}`, sha, force: false }));
    return { sha, changed: true };
  }

  async createTag(name: string, commit: string): Promise<{ created: boolean; protected: boolean }> {
    const action = `creating tag ${name}`;
    const present = await this.call(action, () => this.octokit.git.getRef({ ...this.at, ref: `tags/${name}` }), [404]);
    if (present && present.data.object.sha !== commit)
      throw new FlotillaError('git-conflict', `tag ${name} exists at ${present.data.object.sha}; it is not moved`, { retryable: false });
    if (!present) await this.call(action, () => this.octokit.git.createRef({ ...this.at, ref: `refs/tags/${name}`, sha: commit }));
    return { created: !present, protected: await this.protectTags() };
  }

  async ensureRepository(options: { personal: boolean; private: boolean; description: string }): Promise<{ created: boolean }> {
    const action = `creating repository ${this.at.owner}/${this.at.repo}`;
    const present = await this.call(action, () => this.octokit.repos.get(this.at), [404]);
    if (present) return { created: false };
    const settings = { name: this.at.repo, private: options.private, description: options.description };
    await this.call(action, () =>
      options.personal ? this.octokit.repos.createForAuthenticatedUser(settings) : this.octokit.repos.createInOrg({ org: this.at.owner, ...settings }),
    );
    return { created: true };
  }

  async ensureDeployKey(key: DeployKey): Promise<{ supported: boolean; changed: boolean }> {
    const action = `setting deploy key ${key.title}`;
    const keys = await this.call(action, () => this.octokit.repos.listDeployKeys({ ...this.at, per_page: 100 }));
    const present = keys.data.find((candidate) => candidate.title === key.title);
    if (present && sameKey(present.key, key.publicKey) && present.read_only === key.readOnly) return { supported: true, changed: false };
    if (present) await this.call(action, () => this.octokit.repos.deleteDeployKey({ ...this.at, key_id: present.id }), [404]);
    await this.call(action, () => this.octokit.repos.createDeployKey({ ...this.at, title: key.title, key: key.publicKey.trim(), read_only: key.readOnly }));
    return { supported: true, changed: true };
  }

  async ensureWebhook(hook: { url: string; secret: string }): Promise<{ supported: boolean; created: boolean }> {
    const action = 'setting the webhook';
    const hooks = await this.call(action, () => this.octokit.repos.listWebhooks({ ...this.at, per_page: 100 }));
    if (hooks.data.some((candidate) => candidate.config.url === hook.url)) return { supported: true, created: false };
    await this.call(action, () =>
      this.octokit.repos.createWebhook({ ...this.at, events: ['push'], config: { url: hook.url, content_type: 'json', secret: hook.secret } }),
    );
    return { supported: true, created: true };
  }

  async cloneUrls(): Promise<{ ssh: string | null; http: string | null }> {
    const { data } = await this.call('reading the repository', () => this.octokit.repos.get(this.at));
    const host = new URL(data.clone_url).hostname;
    return { ssh: `ssh://git@${host}/${data.full_name}`, http: data.clone_url };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async isEmpty(): Promise<boolean> {
    const refs = await this.call('looking for branches', () => this.octokit.git.listMatchingRefs({ ...this.at, ref: 'heads/' }), [409]);
    return refs === null || refs.data.length === 0;
  }

  /** An empty repository takes no Git data: its first commit comes through the contents API, one file at a time. */
  private async firstCommit(action: string, request: CommitRequest, author: CommitAuthor): Promise<CommitResult> {
    const [first, ...rest] = request.changes.filter((change) => change.content !== null);
    if (!first) return { sha: null, changed: false };
    const content = Buffer.from(first.content ?? '').toString('base64');
    const answer = await this.call(action, () =>
      this.octokit.repos.createOrUpdateFileContents({
        ...this.at,
        path: first.path,
        message: request.message,
        content,
        branch: request.branch,
        author,
        committer: author,
      }),
    );
    const sha = answer.data.commit.sha ?? '';
    if (rest.length === 0) return { sha, changed: true };
    // now there is a base for the others: one commit with all files takes the place of the first
    const tree = await this.writeTree(action, request, undefined);
    const commit = await this.call(action, () =>
      this.octokit.git.createCommit({ ...this.at, message: request.message, tree, parents: [], author, committer: author }),
    );
    await this.call(action, () => this.octokit.git.updateRef({ ...this.at, ref: `heads/${request.branch}`, sha: commit.data.sha, force: true }));
    return { sha: commit.data.sha, changed: true };
  }

  private async writeTree(action: string, request: CommitRequest, base: string | undefined): Promise<string> {
    const items: TreeItem[] = [];
    for (const change of request.changes) {
      const { content } = change;
      if (content === null && base === undefined) continue;
      const sha =
        content === null
          ? null
          : (await this.call(action, () => this.octokit.git.createBlob({ ...this.at, content: Buffer.from(content).toString('base64'), encoding: 'base64' })))
              .data.sha;
      items.push({ path: change.path, mode: '100644', type: 'blob', sha });
    }
    const tree = await this.call(action, () => this.octokit.git.createTree({ ...this.at, tree: items, ...(base === undefined ? {} : { base_tree: base }) }));
    return tree.data.sha;
  }

  /** GitHub refuses an empty e-mail address, which flux leaves empty. */
  private identity(author: CommitAuthor): CommitAuthor {
    return author.email === '' ? { name: author.name, email: `noreply@${new URL(this.options.apiUrl).hostname.replace(/^api\./, '')}` } : author;
  }

  /** Guards the hub's tags by a ruleset; where the plan or token does not allow it, they stay unguarded and the answer says so. */
  private async protectTags(): Promise<boolean> {
    const path = `/repos/${this.at.owner}/${this.at.repo}/rulesets`;
    const refused = [403, 404, 422];
    const present = await this.call('reading rulesets', () => this.octokit.request(`GET ${path}`), refused);
    if (!present) return false;
    const rulesets: unknown = present.data;
    if (Array.isArray(rulesets) && rulesets.some((ruleset: { name?: unknown }) => ruleset.name === rulesetName)) return true;
    const body = {
      name: rulesetName,
      target: 'tag',
      enforcement: 'active',
      conditions: { ref_name: { include: [protectedTags], exclude: [] } },
      rules: [{ type: 'deletion' }, { type: 'update' }],
    };
    return (await this.call('protecting tags', () => this.octokit.request(`POST ${path}`, body), refused)) !== null;
  }

  private async call<T>(action: string, run: () => Promise<T>): Promise<T>;
  private async call<T>(action: string, run: () => Promise<T>, absent: readonly number[]): Promise<T | null>;
  private async call<T>(action: string, run: () => Promise<T>, absent: readonly number[] = []): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      const { status, cause } = error as { status?: unknown; cause?: unknown };
      if (typeof status === 'number' && absent.includes(status) && !(cause instanceof FlotillaError)) return null;
      throw asGitError(action, error);
    }
  }
}

/** Whether two authorized_keys lines hold the same key, whatever their comments. */
export function sameKey(a: string, b: string): boolean {
  const bare = (line: string) => line.trim().split(/\s+/).slice(0, 2).join(' ');
  return bare(a) === bare(b);
}

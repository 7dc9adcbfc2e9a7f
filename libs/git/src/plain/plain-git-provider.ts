import { FlotillaError } from '@flotilla/contracts';
import { parseGitUrl } from '@flotilla/outbound';
import { GitRemote, type GitRemoteOptions } from '../cli/git-remote.js';
import type { CommitRequest, CommitResult, DeployKey, GitProvider, TreeEntry, TreeEntryType } from '../git-provider.js';

const entryTypes: Readonly<Record<string, TreeEntryType>> = { '040000': 'directory', '120000': 'symlink', '160000': 'submodule' };
const zeroId = '0'.repeat(40);

/** Any Git server over HTTP(S) or SSH, through the git program. Nothing but the commits asked for is fetched, at depth 1 and without contents not read. */
export class PlainGitProvider implements GitProvider {
  private readonly remote: GitRemote;
  private readonly fetched = new Set<string>();
  // git refuses two fetches at once into one shallow repository
  private fetching: Promise<void> = Promise.resolve();

  constructor(private readonly options: GitRemoteOptions) {
    this.remote = new GitRemote(options);
  }

  async head(branch: string): Promise<string | null> {
    return this.refId(`refs/heads/${branch}`, `reading branch ${branch}`);
  }

  async readFile(commit: string, path: string): Promise<string | null> {
    await this.fetch(commit);
    const entry = (await this.entries(commit, ['--', path])).find((candidate) => candidate.path === path);
    if (!entry || entry.type !== 'file') return null;
    // contact: a blob that was left out of the fetch comes now
    const { stdout } = await this.remote.contact(`reading ${path}`, ['cat-file', 'blob', entry.sha]);
    return stdout.toString('utf8');
  }

  async listDirectory(commit: string, path: string): Promise<TreeEntry[]> {
    await this.fetch(commit);
    const entries = await this.entries(commit, path === '' ? [] : ['--', `${path}/`]);
    return entries.map(({ path: full, type, sha }) => ({ name: full.slice(full.lastIndexOf('/') + 1), type, sha }));
  }

  async commit(request: CommitRequest): Promise<CommitResult> {
    const action = `committing to branch ${request.branch}`;
    const parent = await this.head(request.branch);
    if (parent !== request.expectedParent)
      throw new FlotillaError('git-conflict', `${action}: the branch is at ${parent ?? 'no commit'}, not at ${request.expectedParent ?? 'no commit'}`, {
        retryable: true,
      });
    const from = parent ?? request.startFrom ?? null;
    if (from !== null) await this.fetch(from);
    const index = { GIT_INDEX_FILE: await this.remote.scratchFile(`index-${Date.now()}`, '') };
    await this.remote.local(action, from === null ? ['read-tree', '--empty'] : ['read-tree', from], { environment: index });

    const lines: string[] = [];
    for (const change of request.changes) {
      if (change.content === null) lines.push(`0 ${zeroId}\t${change.path}`);
      else lines.push(`100644 ${await this.text(action, ['hash-object', '-w', '--stdin'], { input: change.content })}\t${change.path}`);
    }
    await this.remote.local(action, ['update-index', '-z', '--index-info'], { environment: index, input: lines.map((line) => `${line}\0`).join('') });
    const tree = await this.text(action, ['write-tree', '--missing-ok'], { environment: index });
    if (parent !== null && (await this.text(action, ['rev-parse', `${parent}^{tree}`])) === tree) return { sha: parent, changed: false };
    if (from === null && request.changes.every((change) => change.content === null)) return { sha: null, changed: false };

    const { name, email } = request.author;
    const identity = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
    // by standard input the message is taken byte for byte, without a final newline being added
    const sha = await this.text(action, ['commit-tree', tree, ...(from === null ? [] : ['-p', from])], { environment: identity, input: request.message });
    const ref = `refs/heads/${request.branch}`;
    await this.remote.contact(action, ['push', '--quiet', `--force-with-lease=${ref}:${parent ?? ''}`, 'origin', `${sha}:${ref}`]);
    this.fetched.add(sha);
    return { sha, changed: true };
  }

  async createTag(name: string, commit: string): Promise<{ created: boolean; protected: boolean }> {
    const ref = `refs/tags/${name}`;
    const present = await this.refId(ref, `reading tag ${name}`);
    if (present === commit) return { created: false, protected: false };
    if (present !== null) throw new FlotillaError('git-conflict', `tag ${name} exists at ${present}; it is not moved`, { retryable: false });
    await this.fetch(commit);
    await this.remote.contact(`creating tag ${name}`, ['push', '--quiet', `--force-with-lease=${ref}:`, 'origin', `${commit}:${ref}`]);
    return { created: true, protected: false };
  }

  async ensureRepository(): Promise<{ created: boolean }> {
    await this.remote.contact('looking for the repository', ['ls-remote', '--quiet', 'origin', 'HEAD']);
    return { created: false };
  }

  ensureDeployKey(_key: DeployKey): Promise<{ supported: boolean; changed: boolean }> {
    return Promise.resolve({ supported: false, changed: false });
  }

  ensureWebhook(): Promise<{ supported: boolean; created: boolean }> {
    return Promise.resolve({ supported: false, created: false });
  }

  cloneUrls(): Promise<{ ssh: string | null; http: string | null }> {
    const { url } = this.options;
    return Promise.resolve(parseGitUrl(url).protocol === 'ssh' ? { ssh: url, http: null } : { ssh: null, http: url });
  }

  async close(): Promise<void> {
    this.fetched.clear();
    await this.remote.close();
  }

  private async refId(ref: string, action: string): Promise<string | null> {
    const { stdout } = await this.remote.contact(action, ['ls-remote', '--quiet', 'origin', ref]);
    const line = stdout
      .toString('utf8')
      .split('\n')
      .find((candidate) => candidate.endsWith(`\t${ref}`));
    return line?.split('\t')[0] ?? null;
  }

  private fetch(commit: string): Promise<void> {
    const turn = this.fetching.then(async () => {
      if (this.fetched.has(commit)) return;
      await this.remote.contact(`fetching ${commit}`, ['fetch', '--quiet', '--no-tags', '--depth=1', '--filter=blob:none', 'origin', commit]);
      this.fetched.add(commit);
    });
    // one that failed must not fail the next
    this.fetching = turn.catch(() => undefined);
    return turn;
  }

  private async entries(commit: string, argv: readonly string[]): Promise<{ path: string; type: TreeEntryType; sha: string }[]> {
    const { stdout } = await this.remote.local(`listing ${commit}`, ['ls-tree', '-z', commit, ...argv]);
    return stdout
      .toString('utf8')
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [meta = '', path = ''] = line.split('\t');
        const [mode = '', , sha = ''] = meta.split(' ');
        return { path, sha, type: entryTypes[mode] ?? 'file' };
      });
  }

  private async text(action: string, argv: readonly string[], more: { input?: string; environment?: Record<string, string> } = {}): Promise<string> {
    return (await this.remote.local(action, argv, more)).stdout.toString('utf8').trim();
  }
}

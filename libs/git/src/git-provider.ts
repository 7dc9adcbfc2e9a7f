/** One file of a commit; `content: null` deletes it. */
export interface FileChange {
  path: string;
  content: string | null;
}

export interface CommitAuthor {
  name: string;
  /** may be empty, as flux leaves it */
  email: string;
}

export interface CommitRequest {
  branch: string;
  message: string;
  author: CommitAuthor;
  changes: readonly FileChange[];
  /** head the changes were made against; null: the branch must not exist. A branch that moved on is `git-conflict`. */
  expectedParent: string | null;
  /** commit that a branch which does not exist yet starts from; without it, the new branch has no history */
  startFrom?: string | undefined;
}

/** `changed: false`: the branch already holds exactly this, nothing was committed and `sha` is its head (null when it has none). */
export interface CommitResult {
  sha: string | null;
  changed: boolean;
}

export type TreeEntryType = 'file' | 'directory' | 'symlink' | 'submodule';
export interface TreeEntry {
  name: string;
  type: TreeEntryType;
  sha: string;
}

export interface DeployKey {
  title: string;
  /** one line as in authorized_keys */
  publicKey: string;
  readOnly: boolean;
}

/** What the hub needs of a Git host, for one repository. All throw `git-unreachable`, `git-auth-failed`, `git-not-found`, `outbound-blocked`. */
export interface GitProvider {
  /** Commit id of a branch; null when the branch does not exist or the repository is empty. */
  head(branch: string): Promise<string | null>;
  /** Text of a file at a commit; null when there is none. */
  readFile(commit: string, path: string): Promise<string | null>;
  /** Entries of a directory at a commit (`''`: the root), sorted by name; empty when there is none. */
  listDirectory(commit: string, path: string): Promise<TreeEntry[]>;
  /** One commit of several files on a branch, which it creates when new. `git-conflict` when the branch is not at `expectedParent`. */
  commit(request: CommitRequest): Promise<CommitResult>;
  /**
   * A tag at a commit; there already at that commit is well, at another is `git-conflict`. `protected`: the host guards `fleet/*` tags against change,
   * which is asked for where it can be and reported where it cannot.
   */
  createTag(name: string, commit: string): Promise<{ created: boolean; protected: boolean }>;
  /** Creates the repository when it is missing. Plain Git cannot: `git-not-found`. */
  ensureRepository(options: { personal: boolean; private: boolean; description: string; defaultBranch: string }): Promise<{ created: boolean }>;
  /** A deploy key found by its title; one with another key is replaced. Plain Git has none: `supported: false`, the person adds the key. */
  ensureDeployKey(key: DeployKey): Promise<{ supported: boolean; changed: boolean }>;
  /** A push webhook found by its URL. */
  ensureWebhook(hook: { url: string; secret: string }): Promise<{ supported: boolean; created: boolean }>;
  /** Where clusters clone from: over SSH (with a deploy key) and HTTP(S). */
  cloneUrls(): Promise<{ ssh: string | null; http: string | null }>;
  /** Removes temporary files. */
  close(): Promise<void>;
}

import { FlotillaError } from '@flotilla/contracts';
import type { CommitAuthor, CommitResult, FileChange, GitProvider } from './git-provider.js';

const commitAttemptsMax = 5;
const backoffBaseMs = 200;

export interface Edit {
  branch: string;
  message: string;
  author: CommitAuthor;
  /** Makes the changes against the head of the branch; called anew when the branch moved on. No changes: nothing is committed. */
  edit(read: (path: string) => Promise<string | null>, head: string | null): Promise<readonly FileChange[]>;
}

/**
 * Commits an edit on the newest head. Running it twice commits once: an edit that is already there changes nothing. Callers hold the lock of the
 * repository and branch; pushes from outside are met by up to 5 fresh tries, then `git-conflict`.
 */
export async function commitWithRetry(provider: GitProvider, edit: Edit, wait: (ms: number) => Promise<void> = sleep): Promise<CommitResult> {
  for (let attempt = 1; ; attempt += 1) {
    const head = await provider.head(edit.branch);
    const read = (path: string) => (head === null ? Promise.resolve(null) : provider.readFile(head, path));
    const wanted = await edit.edit(read, head);
    const changes: FileChange[] = [];
    for (const change of wanted) if ((await read(change.path)) !== change.content) changes.push(change);
    if (changes.length === 0) return { sha: head, changed: false };
    try {
      return await provider.commit({ branch: edit.branch, message: edit.message, author: edit.author, changes, expectedParent: head });
    } catch (error) {
      const conflict = error instanceof FlotillaError && error.code === 'git-conflict' && error.retryable;
      if (!conflict) throw error;
      if (attempt >= commitAttemptsMax)
        throw new FlotillaError('git-conflict', `branch ${edit.branch} moved on ${attempt} times while writing; try again when fewer others push`, {
          cause: error,
          retryable: true,
        });
      await wait(backoffBaseMs * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandOutput, runCommand } from '../command.js';
import { plainGitEnvironment } from '../../../libs/local-services/src/git-backend.js';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 in UTC, whole seconds. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface TreeEntry {
  readonly mode: string;
  readonly type: ObjectType;
  readonly sha: string;
  readonly size?: number;
  readonly path: string;
}

/** One change of a tree; `sha: null` removes the path. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

export interface FileChange {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly additions: number;
  readonly deletions: number;
}

export interface Ref {
  readonly ref: string;
  readonly sha: string;
  readonly type: ObjectType;
}

const HASH = /^[0-9a-f]{40}$/;
const NO_OBJECT = '0'.repeat(40);

const isoSeconds = (epochSeconds: number) => new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');

function parsePerson(line: string): Person {
  const match = /^(.*) <(.*)> (\d+) [+-]\d{4}$/.exec(line);
  return { name: match?.[1] ?? '', email: match?.[2] ?? '', date: isoSeconds(Number(match?.[3] ?? 0)) };
}

function formatPerson({ name, email, date }: Person): string {
  return `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;
}

/** A bare Git repository, read and written with Git's own plumbing: every object is a real one that `git clone` brings. */
export class BareRepository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(folder: string, branch: string): Promise<BareRepository> {
    await commandOutput('git', ['init', '--quiet', '--bare', `--initial-branch=${branch}`, folder], { env: plainGitEnvironment() });
    return new BareRepository(folder);
  }

  /** All references below `refs/` that start with `prefix`. */
  async refs(prefix: string = 'refs/'): Promise<Ref[]> {
    const output = await this.git(['for-each-ref', '--format=%(refname) %(objectname) %(objecttype)']);
    const refs = lines(output).map((line) => {
      const [ref = '', sha = '', type = 'commit'] = line.split(' ');
      return { ref, sha, type: type as ObjectType };
    });
    return refs.filter(({ ref }) => ref.startsWith(prefix));
  }

  async ref(name: string): Promise<Ref | undefined> {
    return (await this.refs(name)).find(({ ref }) => ref === name);
  }

  /** Full id of an object that exists and has this type (`commit` follows tags), or undefined. */
  async resolve(revision: string, type: ObjectType): Promise<string | undefined> {
    if (revision.startsWith('-')) return undefined;
    const result = await runCommand('git', ['rev-parse', '--quiet', '--verify', `${revision}^{${type}}`], this.options());
    return result.code === 0 ? result.stdout.toString().trim() : undefined;
  }

  /** Commit that a branch, tag or full id names. */
  async commitOf(name: string): Promise<string | undefined> {
    for (const candidate of HASH.test(name) ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, name]) {
      const sha = await this.resolve(candidate, 'commit');
      if (sha !== undefined) return sha;
    }
    return undefined;
  }

  /** Sets a reference when it still has the value `expected` (undefined: does not exist); false when it has not. */
  async updateRef(ref: string, sha: string, expected: string | undefined): Promise<boolean> {
    const result = await runCommand('git', ['update-ref', ref, sha, expected ?? NO_OBJECT], this.options());
    return result.code === 0;
  }

  async deleteRef(ref: string): Promise<void> {
    await this.git(['update-ref', '-d', ref]);
  }

  async isValidRef(ref: string): Promise<boolean> {
    return (await runCommand('git', ['check-ref-format', ref], this.options())).code === 0;
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    return (await runCommand('git', ['merge-base', '--is-ancestor', ancestor, descendant], this.options())).code === 0;
  }

  async mergeBase(one: string, other: string): Promise<string | undefined> {
    const result = await runCommand('git', ['merge-base', one, other], this.options());
    return result.code === 0 ? result.stdout.toString().trim() : undefined;
  }

  async writeBlob(content: Buffer): Promise<string> {
    return (await this.git(['hash-object', '-w', '--stdin'], content)).trim();
  }

  async readBlob(sha: string): Promise<Buffer> {
    const result = await runCommand('git', ['cat-file', 'blob', sha], this.options());
    if (result.code !== 0) throw new Error(`cannot read blob ${sha}: ${result.stderr.trim()}`);
    return result.stdout;
  }

  /** Writes the tree that `base` (a tree, or undefined for an empty one) becomes by `changes`; gives its id. */
  async writeTree(base: string | undefined, changes: readonly TreeChange[]): Promise<string> {
    const work = mkdtempSync(join(tmpdir(), 'flotilla-index-'));
    const index = { GIT_INDEX_FILE: join(work, 'index') };
    try {
      await this.git(['read-tree', base ?? '--empty'], undefined, index);
      const added = changes.filter(({ sha }) => sha !== null).map(({ path, mode, sha }) => `${mode} ${sha}\t${path}\n`);
      const removed = changes.filter(({ sha }) => sha === null).map(({ path }) => `0 ${NO_OBJECT}\t${path}\n`);
      await this.git(['update-index', '--index-info'], [...removed, ...added].join(''), index);
      return (await this.git(['write-tree'], undefined, index)).trim();
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }

  async readTree(tree: string, recursive: boolean): Promise<TreeEntry[]> {
    const output = await this.git(['ls-tree', '-z', '--long', ...(recursive ? ['-r', '-t'] : []), tree]);
    return output
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [head = '', path = ''] = line.split('\t');
        const [mode = '', type = '', sha = '', size = '-'] = head.split(/ +/);
        return { mode, type: type as ObjectType, sha, path, ...(size === '-' ? {} : { size: Number(size) }) };
      });
  }

  /** The entry at `path` of a commit, or undefined. */
  async entryAt(commit: string, path: string): Promise<TreeEntry | undefined> {
    const output = await this.git(['ls-tree', '-z', '--long', commit, '--', path]);
    const line = output.split('\0')[0];
    if (line === undefined || line === '') return undefined;
    const [head = ''] = line.split('\t');
    const [mode = '', type = '', sha = '', size = '-'] = head.split(/ +/);
    return { mode, type: type as ObjectType, sha, path, ...(size === '-' ? {} : { size: Number(size) }) };
  }

  async writeCommit(commit: Omit<Commit, 'sha'>): Promise<string> {
    const head = [
      `tree ${commit.tree}`,
      ...commit.parents.map((parent) => `parent ${parent}`),
      `author ${formatPerson(commit.author)}`,
      `committer ${formatPerson(commit.committer)}`,
    ];
    return (await this.git(['hash-object', '-t', 'commit', '-w', '--stdin'], `${head.join('\n')}\n\n${commit.message}`)).trim();
  }

  async readCommit(sha: string): Promise<Commit> {
    const text = await this.git(['cat-file', 'commit', sha]);
    const end = text.indexOf('\n\n');
    const head = text.slice(0, end).split('\n');
    const values = (name: string) => head.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
    return {
      sha,
      tree: values('tree')[0] ?? '',
      parents: values('parent'),
      author: parsePerson(values('author')[0] ?? ''),
      committer: parsePerson(values('committer')[0] ?? ''),
      message: text.slice(end + 2),
    };
  }

  /** Writes an annotated tag object (no reference); gives its id. */
  async writeTag(tag: {
    readonly name: string;
    readonly message: string;
    readonly object: string;
    readonly type: string;
    readonly tagger: Person;
  }): Promise<string> {
    const text = `object ${tag.object}\ntype ${tag.type}\ntag ${tag.name}\ntagger ${formatPerson(tag.tagger)}\n\n${tag.message}\n`;
    return (await this.git(['hash-object', '-t', 'tag', '-w', '--stdin'], text)).trim();
  }

  /** Commits reachable from `to` and not from `from`, newest first, at most `limit`, optionally only those that touch `path`. */
  async log(to: string, options: { readonly from?: string; readonly path?: string; readonly limit: number; readonly skip?: number }): Promise<Commit[]> {
    const range = options.from === undefined ? [to] : [to, `^${options.from}`];
    const output = await this.git([
      'rev-list',
      `--max-count=${options.limit}`,
      `--skip=${options.skip ?? 0}`,
      ...range,
      '--',
      ...(options.path ? [options.path] : []),
    ]);
    const commits: Commit[] = [];
    for (const sha of lines(output)) commits.push(await this.readCommit(sha));
    return commits;
  }

  async count(to: string, from: string): Promise<number> {
    return Number((await this.git(['rev-list', '--count', to, `^${from}`])).trim());
  }

  /** Files that differ between two trees or commits; `from` undefined means an empty tree. */
  async changedFiles(from: string | undefined, to: string): Promise<FileChange[]> {
    const base = from ?? (await this.writeTree(undefined, []));
    const counts = new Map<string, readonly [number, number]>();
    for (const line of (await this.git(['diff-tree', '-r', '--no-renames', '--numstat', '-z', base, to])).split('\0').filter((part) => part !== '')) {
      const [added = '0', removed = '0', path = ''] = line.split('\t');
      counts.set(path, [Number(added) || 0, Number(removed) || 0]);
    }
    const parts = (await this.git(['diff-tree', '-r', '--no-renames', '--name-status', '-z', base, to])).split('\0').filter((part) => part !== '');
    const files: FileChange[] = [];
    for (let index = 0; index + 1 < parts.length; index += 2) {
      const [letter = '', filename = ''] = [parts[index], parts[index + 1]];
      const [additions, deletions] = counts.get(filename) ?? [0, 0];
      files.push({ filename, status: letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'modified', additions, deletions });
    }
    return files;
  }

  /** Tree of merging two commits, or undefined when they conflict. */
  async mergeTrees(ours: string, theirs: string): Promise<string | undefined> {
    const result = await runCommand('git', ['merge-tree', '--write-tree', ours, theirs], this.options());
    return result.code === 0 ? result.stdout.toString().trim().split('\n')[0] : undefined;
  }

  private git(args: readonly string[], input?: string | Buffer, env: NodeJS.ProcessEnv = {}): Promise<string> {
    return commandOutput('git', args, { ...this.options(env), ...(input === undefined ? {} : { input }) });
  }

  private options(env: NodeJS.ProcessEnv = {}) {
    return { cwd: this.folder, env: { ...plainGitEnvironment(), ...env } };
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

import { mkdir } from 'node:fs/promises';
import { git } from './git-process.js';

/** What a source asks for; a commit outranks a tag, a tag a branch, as in Flux. */
export interface GitRef {
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly commit?: string | undefined;
}

export interface ResolvedRevision {
  readonly sha: string;
  /** as Flux writes it */
  readonly revision: string;
}

/** The files of a commit: path to content. */
export type RepoSnapshot = ReadonlyMap<string, string>;

const snapshotsMax = 16;
const blobsMax = 20_000;
const filesMax = 20_000;

/** One bare mirror of a real repository, shared by all virtual clusters: fetched once per poll, read from memory. */
export class GitMirror {
  private refs = new Map<string, string>();
  private readonly known = new Set<string>();
  private readonly snapshots = new Map<string, Promise<RepoSnapshot>>();
  private readonly blobs = new Map<string, string>();
  private refreshing: Promise<boolean> | undefined;

  private constructor(
    readonly url: string,
    private readonly directory: string,
  ) {}

  /** Opens or makes the mirror of `url` (a path or http URL) in `directory` and fetches once. */
  static async open(url: string, directory: string): Promise<GitMirror> {
    await mkdir(directory, { recursive: true });
    await git(['init', '--quiet', '--bare', directory]);
    const mirror = new GitMirror(url, directory);
    await mirror.refresh();
    return mirror;
  }

  /** Fetches all branches and tags; true when any moved. Calls at the same time share one fetch. */
  refresh(): Promise<boolean> {
    this.refreshing ??= this.fetch().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** The commit a ref stands for, or undefined when the repository does not have it. */
  async resolve(ref: GitRef): Promise<ResolvedRevision | undefined> {
    if (ref.commit !== undefined) {
      if (!(await this.has(ref.commit))) return undefined;
      return { sha: ref.commit, revision: ref.branch === undefined ? `sha1:${ref.commit}` : `${ref.branch}@sha1:${ref.commit}` };
    }
    const [name, path] = ref.tag !== undefined ? [ref.tag, `refs/tags/${ref.tag}`] : [ref.branch ?? 'master', `refs/heads/${ref.branch ?? 'master'}`];
    const sha = this.refs.get(path);
    return sha === undefined ? undefined : { sha, revision: `${name}@sha1:${sha}` };
  }

  /** The YAML files of a commit. */
  snapshot(sha: string): Promise<RepoSnapshot> {
    const known = this.snapshots.get(sha);
    if (known) return known;
    const read = this.read(sha);
    this.snapshots.set(sha, read);
    read.catch(() => this.snapshots.delete(sha));
    for (const oldest of this.snapshots.keys()) {
      if (this.snapshots.size <= snapshotsMax) break;
      this.snapshots.delete(oldest);
    }
    return read;
  }

  private async fetch(): Promise<boolean> {
    await git(['fetch', '--quiet', '--prune', '--no-auto-gc', this.url, '+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'], { cwd: this.directory });
    const listed = await git(['for-each-ref', '--format=%(refname) %(objectname) %(*objectname)'], { cwd: this.directory });
    const refs = new Map<string, string>();
    for (const line of listed.toString('utf8').split('\n')) {
      const [name, object, peeled] = line.split(' ');
      // an annotated tag stands for the commit it points at
      if (name !== undefined && object !== undefined) refs.set(name, peeled ? peeled : object);
    }
    const changed = refs.size !== this.refs.size || [...refs].some(([name, sha]) => this.refs.get(name) !== sha);
    this.refs = refs;
    return changed;
  }

  private async has(commit: string): Promise<boolean> {
    if (this.known.has(commit)) return true;
    try {
      await git(['cat-file', '-e', `${commit}^{commit}`], { cwd: this.directory });
      this.known.add(commit);
      return true;
    } catch {
      return false;
    }
  }

  private async read(sha: string): Promise<RepoSnapshot> {
    const listed = await git(['ls-tree', '-r', '-z', sha], { cwd: this.directory });
    const files: { path: string; blob: string }[] = [];
    for (const entry of listed.toString('utf8').split('\0')) {
      const match = /^\d+ blob ([0-9a-f]+)\t(.*\.ya?ml)$/.exec(entry);
      if (match?.[1] !== undefined && match[2] !== undefined) files.push({ blob: match[1], path: match[2] });
    }
    if (files.length > filesMax) throw new Error(`commit ${sha} holds more than ${filesMax} YAML files`);
    await this.load([...new Set(files.map(({ blob }) => blob))].filter((blob) => !this.blobs.has(blob)));
    const found = new Map(files.map(({ path, blob }) => [path, this.blobs.get(blob) ?? '']));
    for (const oldest of this.blobs.keys()) {
      if (this.blobs.size <= blobsMax) break;
      this.blobs.delete(oldest);
    }
    return found;
  }

  private async load(blobs: readonly string[]): Promise<void> {
    if (blobs.length === 0) return;
    const output = await git(['cat-file', '--batch'], { cwd: this.directory, input: `${blobs.join('\n')}\n` });
    let offset = 0;
    for (const blob of blobs) {
      const headEnd = output.indexOf(10, offset);
      const size = Number(output.subarray(offset, headEnd).toString('utf8').split(' ')[2]);
      this.blobs.set(blob, output.subarray(headEnd + 1, headEnd + 1 + size).toString('utf8'));
      offset = headEnd + 1 + size + 1;
    }
  }
}

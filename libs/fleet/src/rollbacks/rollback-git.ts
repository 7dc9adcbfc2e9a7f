import { Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { getField, setSourceTag } from '@flotilla/domain';
import { commitWithRetry, type FileChange, type GitProvider } from '@flotilla/git';
import { FleetRepoGit } from '../fleet-repos/index.js';

/** Manifests looked through for the one that declares a source, when it is not the scaffolded file. */
const filesSearchedMax = 60;
/** Files of a folder that a revert restores; beyond, a person has to. */
const filesRestoredMax = 2_000;
const checkTimeoutMs = 8_000;
/** Clusters whose kustomization.yaml is read for the feature gate; beyond, the worst case is stated. */
const gateReadsMax = 50;

const author = { name: 'Flotilla', email: 'noreply@flotilla.dev' };

export interface SourceInGit {
  clusterId: string;
  clusterPath: string;
  namespace: string;
  name: string;
  /** file found earlier */
  file: string | null;
}

export interface TagChange {
  fleetRepoId: string;
  message: string;
  /** asked once the branch is held */
  sources(): Promise<SourceInGit[]>;
  /** the tag to set; or, with `remove`, the one to take away where it is the one declared */
  tag: string;
  remove: boolean;
}

/** `files`: per source, in order, the file that declares it; null: Git declares it nowhere below the cluster's path. */
export interface TagChangeResult {
  commit: string | null;
  sources: SourceInGit[];
  files: (string | null)[];
}

/** What a rollback writes to and reads from a fleet repo. Every write can be done twice and happens once. */
@Injectable()
export class RollbackGit {
  constructor(private readonly git: FleetRepoGit) {}

  /** Whether the repo answers, and which of the cluster paths run kustomize-controller with CancelHealthCheckOnNewRevision. Never throws for Git's sake. */
  async look(fleetRepoId: string, clusterPaths: readonly string[]): Promise<{ reachable: boolean; message: string; gated: Map<string, boolean> }> {
    const gated = new Map<string, boolean>();
    const repo = await this.git.open(fleetRepoId);
    const read = this.git.read(repo, async (provider) => {
      const { branch } = repo;
      const head = await provider.head(branch);
      if (head === null) throw new FlotillaError('git-not-found', `the branch ${branch} does not exist`);
      for (const path of clusterPaths.slice(0, gateReadsMax)) {
        const text = await provider.readFile(head, `${path}/flux-system/kustomization.yaml`);
        if (text !== null) gated.set(path, text.includes('CancelHealthCheckOnNewRevision=true'));
      }
    });
    try {
      await withTimeout(read, checkTimeoutMs);
      return { reachable: true, message: '', gated };
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      return { reachable: false, message: error.message, gated };
    }
  }

  /** Makes the tag at the commit. @throws FlotillaError git-conflict when the tag is at another commit */
  async ensureTag(fleetRepoId: string, tag: string, sha: string): Promise<void> {
    // one writer at a time: two that race for a tag would take each other for somebody else
    await this.git.write(await this.git.open(fleetRepoId), (provider) => provider.createTag(tag, sha));
  }

  /** Sets or takes away the tag in the files that declare the sources, in one commit on the newest head. */
  async changeTag(change: TagChange): Promise<TagChangeResult> {
    const repo = await this.git.open(change.fleetRepoId);
    return this.git.write(repo, async (provider) => {
      const { branch } = repo;
      // read with the lock held: a later rollback may have taken sources over meanwhile
      const sources = await change.sources();
      let files: (string | null)[] = [];
      const result = await commitWithRetry(provider, {
        branch,
        author,
        message: change.message,
        edit: async (read, head) => {
          const contents = new Map<string, string>();
          files = [];
          for (const source of sources) {
            const found = head === null ? null : await findSource(provider, head, read, source, contents);
            files.push(found);
            const text = found === null ? undefined : contents.get(found);
            if (found === null || text === undefined) continue;
            const declared = getField(text, { kind: 'GitRepository', name: source.name, namespace: source.namespace }, ['spec', 'ref', 'tag']);
            if (change.remove && declared !== change.tag) continue;
            contents.set(found, setSourceTag(text, source, change.remove ? undefined : change.tag));
          }
          return [...contents].filter(([path]) => files.includes(path)).map(([path, content]): FileChange => ({ path, content }));
        },
      });
      return { commit: result.sha, sources, files };
    });
  }

  /** Restores folders to what they were at a commit, in one commit on the branch: the revert of everything since, for those folders. */
  async restoreFolders(fleetRepoId: string, folders: readonly string[], sha: string, message: string): Promise<string | null> {
    const repo = await this.git.open(fleetRepoId);
    return this.git.write(repo, async (provider) => {
      const result = await commitWithRetry(provider, {
        branch: repo.branch,
        author,
        message,
        edit: async (_, head) => {
          if (head === null) return [];
          const changes: FileChange[] = [];
          for (const folder of folders) await restore(provider, { head, sha }, folder, changes);
          return changes;
        },
      });
      return result.sha;
    });
  }
}

/** The file that declares a source: the one found earlier, the scaffolded one, else any manifest of the cluster's folder. Puts its text into `contents`. */
async function findSource(
  provider: GitProvider,
  head: string,
  read: (path: string) => Promise<string | null>,
  source: SourceInGit,
  contents: Map<string, string>,
): Promise<string | null> {
  const declares = async (path: string): Promise<boolean> => {
    const text = contents.get(path) ?? (await read(path));
    if (text === null || !declaresSource(text, source)) return false;
    contents.set(path, text);
    return true;
  };
  const first = [...new Set([source.file, `${source.clusterPath}/fleet-source.yaml`])].filter((path) => path !== null);
  for (const path of first) if (await declares(path)) return path;
  let searched = 0;
  for (const folder of [
    source.clusterPath,
    ...(await provider.listDirectory(head, source.clusterPath))
      .filter((entry) => entry.type === 'directory')
      .map((entry) => `${source.clusterPath}/${entry.name}`),
  ]) {
    for (const entry of await provider.listDirectory(head, folder)) {
      if (entry.type !== 'file' || !/\.ya?ml$/.test(entry.name) || first.includes(`${folder}/${entry.name}`)) continue;
      searched += 1;
      if (searched > filesSearchedMax) return null;
      if (await declares(`${folder}/${entry.name}`)) return `${folder}/${entry.name}`;
    }
  }
  return null;
}

function declaresSource(text: string, source: SourceInGit): boolean {
  try {
    return getField(text, { kind: 'GitRepository', name: source.name, namespace: source.namespace }, ['spec', 'url']) !== undefined;
  } catch (error) {
    // a manifest that is no YAML of ours declares no source
    if (error instanceof FlotillaError) return false;
    throw error;
  }
}

async function restore(provider: GitProvider, at: { head: string; sha: string }, folder: string, changes: FileChange[]): Promise<void> {
  const [now, then] = await Promise.all([provider.listDirectory(at.head, folder), provider.listDirectory(at.sha, folder)]);
  const nowBy = new Map(now.map((entry) => [entry.name, entry]));
  const thenBy = new Map(then.map((entry) => [entry.name, entry]));
  for (const name of new Set([...nowBy.keys(), ...thenBy.keys()])) {
    const before = thenBy.get(name);
    const after = nowBy.get(name);
    if (before?.sha === after?.sha && before?.type === after?.type) continue;
    const path = folder === '' ? name : `${folder}/${name}`;
    if (before?.type === 'directory' || after?.type === 'directory') await restore(provider, at, path, changes);
    if (after?.type === 'file' && before?.type !== 'file') changes.push({ path, content: null });
    if (before?.type === 'file') {
      const content = await provider.readFile(at.sha, path);
      if (content === null || content.includes('\uFFFD')) throw new FlotillaError('conflict', `${path} is not a text file; revert the range with git yourself`);
      changes.push({ path, content });
    }
    if (changes.length > filesRestoredMax)
      throw new FlotillaError('conflict', `more than ${filesRestoredMax} files differ; revert the range with git yourself`);
  }
}

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new FlotillaError('git-unreachable', `the Git server did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

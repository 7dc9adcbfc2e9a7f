import { kustomizationPaths, listFile, putObjects } from '@flotilla/domain';

/** A file to write, with its path from the root of the repository. */
export interface ContentFile {
  path: string;
  content: string | null;
  merge: boolean;
}

/**
 * The files as they are to be at a head of the branch: merged ones with the other objects of their file kept, and listed in the kustomization that builds
 * their folder (the nearest up to `root`). A kustomization that is itself among the files is written as given.
 */
export async function mergeFiles(
  root: string,
  files: readonly ContentFile[],
  read: (path: string) => Promise<string | null>,
): Promise<{ path: string; content: string | null }[]> {
  const wanted = new Map(files.map(({ path, content }) => [path, content]));
  const now = async (path: string): Promise<string | null> => wanted.get(path) ?? (wanted.has(path) ? null : read(path));
  for (const { path, content, merge } of files) {
    if (!merge || content === null) continue;
    wanted.set(path, putObjects(await read(path), content));
    for (const candidate of kustomizationPaths(root, path)) {
      const text = await now(candidate);
      if (text === null) continue;
      if (!files.some((file) => file.path === candidate)) wanted.set(candidate, listFile(text, candidate, path));
      break;
    }
  }
  return [...wanted].map(([path, content]) => ({ path, content }));
}

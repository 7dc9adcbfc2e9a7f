import { FlotillaError } from '@flotilla/contracts';

const pathLengthMax = 512;
const segmentLengthMax = 100;
/** Portable names only: what differs between file systems, or means something to Git, a shell or YAML, is refused. */
const segmentPattern = /^[A-Za-z0-9_][-A-Za-z0-9_.+@]*$/;

/**
 * Reads a directory of a fleet repo and gives it in its one form: relative, `/` separated, without `./`, `.` or a trailing `/`.
 * `./clusters/a/` and `clusters/a` are the same. Throws `path-invalid` on an absolute path, `..`, an empty path (the root would hold every other path),
 * `.git`, and names that are not portable.
 */
export function parseFleetPath(text: string): string {
  const invalid = (why: string) =>
    new FlotillaError('path-invalid', `the path "${text.slice(0, pathLengthMax)}" ${why}; give a directory inside the repository such as clusters/prod-eu-1`);
  if (text.length > pathLengthMax) throw invalid(`is longer than ${pathLengthMax} characters`);
  if (text.startsWith('/') || text.startsWith('~') || /^[A-Za-z]:/.test(text)) throw invalid('is absolute');
  if (text.includes('\\')) throw invalid('has a backslash');
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw invalid('leaves the repository');
  if (segments.length === 0) throw invalid('is the root of the repository, which holds the paths of all clusters');
  for (const segment of segments) {
    if (segment.toLowerCase() === '.git') throw invalid('points into .git');
    if (segment.length > segmentLengthMax || !segmentPattern.test(segment) || segment.endsWith('.'))
      throw invalid(`has the name "${segment}", which is not portable`);
  }
  return segments.join('/');
}

export type PathRelation = 'disjoint' | 'same' | 'ancestor' | 'descendant';

/** How `a` lies to `b`, both as `parseFleetPath` gives them. Case is folded: two such names are one on some file systems. */
export function relatePaths(a: string, b: string): PathRelation {
  const [left, right] = [a.toLowerCase().split('/'), b.toLowerCase().split('/')];
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) if (left[index] !== right[index]) return 'disjoint';
  if (left.length === right.length) return 'same';
  return left.length < right.length ? 'ancestor' : 'descendant';
}

/**
 * Refuses a path that is, holds or lies within the path of another cluster: a parent would apply the child's objects too.
 * Throws `path-overlaps` naming the other cluster, `path-invalid` when `path` is not one.
 */
export function assertPathFree(path: string, others: readonly { name: string; path: string }[]): string {
  const parsed = parseFleetPath(path);
  for (const other of others) {
    const relation = relatePaths(parsed, parseFleetPath(other.path));
    if (relation === 'disjoint') continue;
    const how = relation === 'same' ? 'is the path' : relation === 'ancestor' ? `holds "${other.path}", the path` : `lies within "${other.path}", the path`;
    throw new FlotillaError('path-overlaps', `"${parsed}" ${how} of cluster "${other.name}"; choose a directory beside it`);
  }
  return parsed;
}

/** The path of a file below `root`; throws `path-invalid` when it would lie outside. Both are read by the rules of `parseFleetPath`. */
export function fileWithin(root: string, file: string): string {
  const base = parseFleetPath(root);
  const full = `${base}/${parseFleetPath(file)}`;
  if (relatePaths(base, full) !== 'ancestor') throw new FlotillaError('path-invalid', `"${file}" does not stay inside "${base}"; give a path below it`);
  return full;
}

/** All directories on the way to `path`, itself last: `a/b/c` gives `a`, `a/b`, `a/b/c`. None of them may be a symbolic link. */
export function pathPrefixes(path: string): string[] {
  const segments = path.split('/');
  return segments.map((_, index) => segments.slice(0, index + 1).join('/'));
}

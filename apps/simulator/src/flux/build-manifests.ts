import { posix } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '@flotilla/agent-runtime';
import type { RepoSnapshot } from '../repo/git-mirror.js';

/** A path that cannot be turned into objects: what kustomize would stop at. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

const filesMax = 2000;
const depthMax = 10;

/**
 * The objects a path of a commit declares: the resources of its `kustomization.yaml` where there is one, else all YAML below it. Of kustomize only
 * `resources` and `namespace` are honoured. `variables` replace `${name}`. Throws BuildError.
 */
export function buildManifests(snapshot: RepoSnapshot, path: string, variables: Readonly<Record<string, string>> = {}): KubeObject[] {
  const root = normalise(path);
  const files = [...snapshot.keys()].filter((file) => root === '' || file.startsWith(`${root}/`));
  if (files.length === 0) throw new BuildError(`kustomization path not found: stat ${root || '.'}: no such file or directory`);
  const found: KubeObject[] = [];
  collect(snapshot, files, root, variables, found, 0);
  return found;
}

function collect(
  snapshot: RepoSnapshot,
  files: readonly string[],
  directory: string,
  variables: Readonly<Record<string, string>>,
  found: KubeObject[],
  depth: number,
): void {
  if (depth > depthMax) throw new BuildError(`${directory}: resources are nested more than ${depthMax} deep`);
  const kustomization = join(directory, 'kustomization.yaml');
  const text = snapshot.get(kustomization);
  if (text === undefined) {
    for (const file of files) {
      if (!(directory === '' || file.startsWith(`${directory}/`))) continue;
      const nested = nearestKustomization(snapshot, file, directory);
      // a directory below that has a kustomization of its own is taken as that
      if (nested === undefined) parse(snapshot, file, variables, found);
      else if (file === join(nested, 'kustomization.yaml')) collect(snapshot, files, nested, variables, found, depth + 1);
    }
    return;
  }
  const document = parseText(kustomization, text)[0] as { resources?: unknown; namespace?: unknown } | undefined;
  const before = found.length;
  for (const resource of Array.isArray(document?.resources) ? (document.resources as unknown[]).slice(0, filesMax) : []) {
    const target = normalise(join(directory, String(resource)));
    if (snapshot.has(target)) parse(snapshot, target, variables, found);
    else if ([...snapshot.keys()].some((file) => file.startsWith(`${target}/`)))
      collect(
        snapshot,
        [...snapshot.keys()].filter((file) => file.startsWith(`${target}/`)),
        target,
        variables,
        found,
        depth + 1,
      );
    else
      throw new BuildError(
        `kustomize build failed: accumulating resources: accumulation err='accumulating resources from '${String(resource)}': no such file or directory`,
      );
  }
  const { namespace } = document ?? {};
  if (typeof namespace === 'string')
    for (const [index, object] of found.entries()) if (index >= before) found[index] = { ...object, metadata: { ...object.metadata, namespace } };
}

function nearestKustomization(snapshot: RepoSnapshot, file: string, above: string): string | undefined {
  let outermost: string | undefined;
  for (let directory = posix.dirname(file); directory !== '.' && directory !== above && directory.length > above.length; directory = posix.dirname(directory)) {
    if (snapshot.has(join(directory, 'kustomization.yaml'))) outermost = directory;
  }
  return outermost;
}

function parse(snapshot: RepoSnapshot, file: string, variables: Readonly<Record<string, string>>, found: KubeObject[]): void {
  const text = (snapshot.get(file) ?? '').replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => variables[name] ?? whole);
  for (const object of parseText(file, text)) {
    if (object === null || object === undefined) continue;
    const { apiVersion, kind, metadata } = object as Partial<KubeObject>;
    if (apiVersion === 'kustomize.config.k8s.io/v1beta1') continue;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof metadata?.name !== 'string') {
      throw new BuildError(`kustomize build failed: ${file}: an object lacks apiVersion, kind or metadata.name`);
    }
    found.push(object as KubeObject);
    if (found.length > filesMax) throw new BuildError(`${file}: more than ${filesMax} objects`);
  }
}

function parseText(file: string, text: string): unknown[] {
  const documents = parseAllDocuments(text);
  return [...documents].map((document) => {
    const error = document.errors[0];
    if (error)
      throw new BuildError(
        `kustomize build failed: accumulating resources: accumulation err='accumulating resources from '${file}': yaml: ${error.message.split('\n')[0] ?? ''}'`,
      );
    return document.toJS() as unknown;
  });
}

function join(directory: string, name: string): string {
  return directory === '' ? name : posix.join(directory, name);
}

function normalise(path: string): string {
  const clean = posix
    .normalize(path)
    .replace(/^(\.\/)+/, '')
    .replace(/\/+$/, '');
  return clean === '.' ? '' : clean;
}

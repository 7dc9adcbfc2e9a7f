import { FlotillaError } from '@flotilla/contracts';
import { pathPrefixes } from '../fleet-paths/index.js';
import { isMap, isSeq, parseAllDocuments, type Document } from 'yaml';

/** Which object of a multi-document file is meant. */
export interface ObjectSelector {
  kind: string;
  name: string;
  namespace?: string | undefined;
}

const manifestBytesMax = 1024 * 1024;

/** What of the line style a file is written in is kept: everything parsed; comments, order and quoting stay as they are. */
const printOptions = { lineWidth: 0 } as const;

function parseFile(text: string): Document[] {
  if (new TextEncoder().encode(text).length > manifestBytesMax) throw new FlotillaError('manifest-invalid', `the file is over ${manifestBytesMax} bytes`);
  const parsed = parseAllDocuments(text, { keepSourceTokens: true });
  const documents = Array.isArray(parsed) ? [...parsed] : [];
  for (const document of documents) {
    const [first] = document.errors;
    if (first) throw new FlotillaError('manifest-invalid', `the YAML cannot be read: ${first.message}`, { cause: first });
  }
  return documents as Document[];
}

function printFile(documents: readonly Document[], original: string): string {
  const indentSeq = /\n( *)[^\s#-][^\n]*:\n\1- /.test(`\n${original}`) ? false : true;
  const printed = documents.map((document, index) => {
    // a document's text starts with its own "---" where the file had one, else only between documents
    const text = document.toString({ ...printOptions, indentSeq, directives: index === 0 ? null : true });
    return text.endsWith('\n') ? text : `${text}\n`;
  });
  const joined = printed.join('');
  return original.startsWith('---') && !joined.startsWith('---') ? `---\n${joined}` : joined;
}

function isObject(document: Document, selector: ObjectSelector): boolean {
  return (
    document.get('kind') === selector.kind &&
    document.getIn(['metadata', 'name']) === selector.name &&
    (selector.namespace === undefined ||
      document.getIn(['metadata', 'namespace']) === undefined ||
      document.getIn(['metadata', 'namespace']) === selector.namespace)
  );
}

/**
 * Sets or, with `undefined`, removes one scalar field of one object in a (multi-document) manifest; comments, order and all other documents are kept.
 * A file that already says so is given back byte for byte. Throws `manifest-invalid` when the YAML cannot be read or holds no such object.
 */
export function setField(text: string, selector: ObjectSelector, path: readonly string[], value: string | undefined): string {
  const documents = parseFile(text);
  const document = documents.find((candidate) => isObject(candidate, selector));
  if (!document) throw new FlotillaError('manifest-invalid', `the file holds no ${selector.kind} "${selector.name}"`);
  if (document.getIn(path) === value) return text;
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, value);
  return printFile(documents, text);
}

/** Sets `spec.ref.tag` of a GitRepository, or removes it with `undefined` so that the source follows its branch again. */
export function setSourceTag(text: string, source: { name: string; namespace?: string | undefined }, tag: string | undefined): string {
  return setField(text, { kind: 'GitRepository', ...source }, ['spec', 'ref', 'tag'], tag);
}

/** The value of a scalar field of one object, `undefined` when there is no such object or field. */
export function getField(text: string, selector: ObjectSelector, path: readonly string[]): unknown {
  return parseFile(text)
    .find((candidate) => isObject(candidate, selector))
    ?.getIn(path);
}

function kustomization(documents: Document[]): Document {
  const [document] = documents;
  if (!document || documents.length !== 1 || !isMap(document.contents))
    throw new FlotillaError('manifest-invalid', 'the kustomization.yaml is not one YAML mapping');
  return document;
}

function appendTo(document: Document, key: string, value: unknown, isThere: (item: unknown) => boolean): boolean {
  const present = document.get(key);
  if (present === undefined || present === null) {
    document.set(key, document.createNode([value]));
    return true;
  }
  if (!isSeq(present)) throw new FlotillaError('manifest-invalid', `"${key}" in the kustomization.yaml is not a list`);
  if ((present.toJSON() as unknown[]).some(isThere)) return false;
  present.add(document.createNode(value));
  return true;
}

/** Adds a resource to a kustomization.yaml unless it is listed; given back byte for byte when it is. */
export function addResource(text: string, resource: string): string {
  const documents = parseFile(text);
  return appendTo(kustomization(documents), 'resources', resource, (item) => item === resource) ? printFile(documents, text) : text;
}

/** The names kustomize knows a kustomization by. */
const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

/** Where the kustomization that builds a file may lie: its folder first, then those above it up to `root`; both as `parseFleetPath` gives them. */
export function kustomizationPaths(root: string, file: string): string[] {
  const folders = pathPrefixes(file)
    .slice(root.split('/').length - 1, -1)
    .reverse();
  return folders.flatMap((folder) => kustomizationNames.map((name) => `${folder}/${name}`));
}

/** `addResource` of a file to the kustomization of its folder or one above, unless that names it already: as a resource, a patch or anything else. */
export function listFile(text: string, kustomizationPath: string, file: string): string {
  const relative = file.slice(kustomizationPath.lastIndexOf('/') + 1);
  const [document] = parseFile(text);
  return mentions(document?.toJS() as unknown, relative) ? text : addResource(text, relative);
}

function mentions(value: unknown, file: string): boolean {
  if (typeof value === 'string') return value.replace(/^(?:\.\/)+/, '') === file;
  return typeof value === 'object' && value !== null && Object.values(value).some((item) => mentions(item, file));
}

export interface KustomizePatch {
  patch: string;
  target: { kind: string; name: string };
}

/** Adds a patch to a kustomization.yaml unless one with the same text and target is there; given back byte for byte when it is. */
export function addPatch(text: string, patch: KustomizePatch): string {
  const documents = parseFile(text);
  const same = (item: unknown) => {
    const candidate = item as Partial<KustomizePatch> | null;
    return candidate?.patch?.trim() === patch.patch.trim() && candidate.target?.kind === patch.target.kind && candidate.target.name === patch.target.name;
  };
  return appendTo(kustomization(documents), 'patches', patch, same) ? printFile(documents, text) : text;
}

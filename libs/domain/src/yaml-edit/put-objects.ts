import { FlotillaError } from '@flotilla/contracts';
import { parseAllDocuments } from 'yaml';

/** Splits where a document starts; what the documents say stays in them, byte for byte (a `---` at the start of a line always ends one, YAML 1.2 §9.1.2). */
const documentStart = /^(?=---(?:\s|$))/m;
/** The marker of a document and the comments above its first key; what stands on the line of the marker itself is no part of it. */
const documentHead = /^(?:---[ \t]*(?:#[^\n]*|\r)?(?:\n|(?=\S)))?(?:[ \t]*(?:#[^\n]*|\r)?\n)*/;

/** What makes two documents the same object: Kubernetes' group, kind, namespace and name, whatever the version. */
interface Identity {
  group: string;
  kind: string;
  namespace: string | undefined;
  name: string;
}

/**
 * Puts objects into a manifest: each takes the place of the object of its group, kind, namespace and name, or is added at the end. All other documents,
 * and the comments above a replaced one, stay as they are. `text`: null when there is no file yet.
 * Throws `manifest-invalid` when either cannot be read, or `objects` holds something that is no object.
 */
export function putObjects(text: string | null, objects: string): string {
  const added = split(objects).flatMap((document) => {
    const body = document.slice(headOf(document).length);
    return body.trim() === '' ? [] : [{ identity: identified(document), body: ended(body) }];
  });
  if (added.length === 0) throw new FlotillaError('manifest-invalid', 'the manifest holds no object; give at least one');
  if (text === null || text.trim() === '') return objects;
  const documents = split(text);
  for (const { identity, body } of added) {
    const index = documents.findIndex((candidate) => isSame(identify(candidate), identity));
    const present = documents[index];
    if (present !== undefined) documents[index] = headOf(present) + body;
    else documents.push(`---\n${body}`);
  }
  return documents.map(ended).join('');
}

function split(text: string): string[] {
  return text.split(documentStart);
}

function headOf(document: string): string {
  return documentHead.exec(document)?.[0] ?? '';
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function identify(document: string): Identity | undefined {
  const parsed = parseAllDocuments(document);
  const [first] = Array.isArray(parsed) ? parsed : [];
  if (!first) return undefined;
  const [error] = first.errors;
  if (error) throw new FlotillaError('manifest-invalid', `the YAML cannot be read: ${error.message}`, { cause: error });
  const [apiVersion, kind] = ['apiVersion', 'kind'].map((key) => textAt(first, [key]));
  const [namespace, name] = ['namespace', 'name'].map((key) => textAt(first, ['metadata', key]));
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  return { group: apiVersion.includes('/') ? apiVersion.replace(/\/.*/, '') : '', kind, namespace, name };
}

function identified(document: string): Identity {
  const identity = identify(document);
  if (!identity) throw new FlotillaError('manifest-invalid', 'a document without apiVersion, kind and metadata.name is no object; leave it out');
  return identity;
}

function textAt(document: { getIn(path: string[]): unknown }, path: string[]): string | undefined {
  const value = document.getIn(path);
  return typeof value === 'string' ? value : undefined;
}

/** A missing namespace may be any: it is given by the Kustomization that applies the file. */
function isSame(a: Identity | undefined, b: Identity): boolean {
  if (a?.kind !== b.kind || a.group !== b.group || a.name !== b.name) return false;
  return a.namespace === b.namespace || a.namespace === undefined || b.namespace === undefined;
}

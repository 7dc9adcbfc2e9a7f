import { FlotillaError } from '@flotilla/contracts';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../kube-object.js';
import { fluxNamespace } from '../agent-manifest/index.js';

const distributionObjectsMax = 500;
/** Without these two a bootstrap cannot work; flux demands them too. */
const componentsRequired = ['source-controller', 'kustomize-controller'] as const;
const kindsAllowed = new Set([
  'Namespace',
  'ResourceQuota',
  'CustomResourceDefinition',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
  'Deployment',
  'NetworkPolicy',
]);

export interface DistributionContent {
  version: string;
  components: string[];
  objects: KubeObject[];
}

/** All objects of a multi-document manifest; empty documents are skipped. Throws `manifest-invalid`. */
export function parseManifest(text: string): KubeObject[] {
  const objects: KubeObject[] = [];
  const documents = parseAllDocuments(text);
  for (const document of Array.isArray(documents) ? documents : []) {
    const [first] = document.errors;
    if (first) throw new FlotillaError('manifest-invalid', `the YAML cannot be read: ${first.message}`, { cause: first });
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (value === null || value === undefined) continue;
    if (!isKubeObject(value))
      throw new FlotillaError('manifest-invalid', `document ${objects.length + 1} is not a Kubernetes object: apiVersion, kind and metadata.name are needed`);
    objects.push(value);
  }
  return objects;
}

function isKubeObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<KubeObject>;
  return (
    typeof candidate.apiVersion === 'string' &&
    typeof candidate.kind === 'string' &&
    typeof candidate.metadata === 'object' &&
    candidate.metadata !== null &&
    typeof candidate.metadata.name === 'string'
  );
}

/**
 * Reads a distribution: the output of `flux install --export`. Its header names version and components; it holds only the kinds an installation has,
 * all of its namespace. Throws `distribution-invalid`, saying what is missing.
 */
export function parseDistribution(text: string): DistributionContent {
  const invalid = (why: string, cause?: unknown) =>
    new FlotillaError('distribution-invalid', `the distribution ${why}; make it with "flux install --export"`, { cause });
  const version = /^# Flux Version: (v\d+\.\d+\.\d+\S*)$/m.exec(text)?.[1];
  const components = /^# Components: (\S+)$/m.exec(text)?.[1]?.split(',');
  if (!version || !components) throw invalid('has no header with its version and components');
  let objects: KubeObject[];
  try {
    objects = parseManifest(text);
  } catch (error) {
    throw invalid('cannot be read', error);
  }
  if (objects.length > distributionObjectsMax) throw invalid(`has more than ${distributionObjectsMax} objects`);
  for (const object of objects) {
    if (!kindsAllowed.has(object.kind)) throw invalid(`holds a ${object.kind}, which an installation of Flux does not have`);
    if (object.metadata.namespace !== undefined && object.metadata.namespace !== fluxNamespace)
      throw invalid(`puts ${object.kind} "${object.metadata.name}" into namespace "${object.metadata.namespace}"`);
  }
  const deployments = new Set(objects.filter((object) => object.kind === 'Deployment').map((object) => object.metadata.name));
  const missing = [...componentsRequired, ...components].find((component) => !deployments.has(component));
  if (missing) throw invalid(`has no Deployment "${missing}"`);
  if (!objects.some((object) => object.kind === 'CustomResourceDefinition')) throw invalid('has no CustomResourceDefinitions');
  return { version, components, objects };
}

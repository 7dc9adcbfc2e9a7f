import { condition as conditionSchema, inventoryMax, type Condition, type ObjectStatus } from '@flotilla/contracts/agent';
import { fieldOwners } from '../kube/field-owners.js';
import type { KubeObject } from '../kube/kube-api.js';
import { pinManager } from '../act/managers.js';
import { goDurationSeconds } from './go-duration.js';
import { flagAt, has, listAt, numberAt, textAt } from './read-raw.js';

const conditionsMax = 16;
const labelsMax = 64;
const dependenciesMax = 64;
const messageLengthMax = 1024;
/** An inventory whose text is longer is left out: it must fit into one frame. Absent means unknown, never empty. */
const inventoryLengthMax = 600_000;

const sourceKinds = new Set(['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository', 'ExternalArtifact']);

/** The one shape of status on the wire, made of an object as the API serves it. `observedAt` is the cluster's clock. Pure. */
export function collectObjectStatus(object: KubeObject, observedAt: string): ObjectStatus {
  const { metadata, status } = object;
  const observedGeneration = numberAt(status, 'observedGeneration');
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    generation: metadata.generation ?? 0,
    // -1 is the default of Flux's CRDs: nothing was observed yet
    ...present('observedGeneration', observedGeneration !== undefined && observedGeneration < 0 ? 0 : observedGeneration),
    resourceVersion: metadata.resourceVersion ?? '',
    labels: Object.fromEntries(Object.entries(metadata.labels ?? {}).slice(0, labelsMax)),
    suspended: isSuspended(object),
    conditions: conditionsOf(object),
    ...present('revision', cut(revisionOf(object), 512)),
    ...present('attemptedRevision', cut(textAt(status, 'lastAttemptedRevision'), 512)),
    ...present('releaseRevision', object.kind === 'HelmRelease' ? cut(textAt(listAt(status, 'history')[0], 'chartVersion'), 512) : undefined),
    ...present('handledReconcileAt', cut(textAt(status, 'lastHandledReconcileAt'), 64)),
    ...present('requestedAt', cut(metadata.annotations?.['reconcile.fluxcd.io/requestedAt'], 64)),
    ...present('source', sourceKinds.has(object.kind) ? sourceOf(object) : undefined),
    ...present('workload', workloadOf(object)),
    ...present('image', imageOf(object)),
    ...present('owner', ownerOf(object)),
    ...present('inventory', object.kind === 'Kustomization' ? inventoryOf(object) : undefined),
    observedAt,
  };
}

function isSuspended({ kind, spec, metadata }: KubeObject): boolean {
  // the one kind that is suspended by annotation
  if (kind === 'ArtifactGenerator') return metadata.annotations?.['source.extensions.fluxcd.io/reconcile'] === 'disabled';
  return flagAt(spec, 'suspend');
}

function conditionsOf({ status }: KubeObject): Condition[] {
  const found: Condition[] = [];
  for (const raw of listAt(status, 'conditions').slice(0, conditionsMax)) {
    const parsed = conditionSchema.safeParse({
      type: textAt(raw, 'type'),
      status: textAt(raw, 'status'),
      reason: cut(textAt(raw, 'reason'), messageLengthMax) ?? '',
      message: shortened(textAt(raw, 'message') ?? ''),
      ...present('observedGeneration', numberAt(raw, 'observedGeneration')),
      ...present('lastTransitionTime', textAt(raw, 'lastTransitionTime')),
    });
    if (parsed.success) found.push(parsed.data);
  }
  return found;
}

function revisionOf({ kind, status }: KubeObject): string | undefined {
  switch (kind) {
    case 'Kustomization':
      return textAt(status, 'lastAppliedRevision');
    case 'HelmRelease': {
      // newest first; a failed upgrade or a rollback under way is not what runs
      const deployed = listAt(status, 'history').find((release) => textAt(release, 'status') === 'deployed');
      return textAt(deployed, 'chartVersion');
    }
    default:
      return textAt(status, 'artifact', 'revision');
  }
}

function sourceOf(object: KubeObject): ObjectStatus['source'] {
  const { spec } = object;
  const commit = textAt(spec, 'ref', 'commit');
  return {
    url: cut(textAt(spec, 'url') ?? textAt(spec, 'endpoint'), 2048) ?? '',
    ...present('branch', cut(textAt(spec, 'ref', 'branch'), 256)),
    ...present('tag', cut(textAt(spec, 'ref', 'tag'), 256)),
    ...present('commit', cut(commit, 64)),
    ...present('semver', cut(textAt(spec, 'ref', 'semver'), 256)),
    ...present('digest', cut(textAt(spec, 'ref', 'digest'), 128)),
    ...present('commitOwner', commit === undefined ? undefined : commitOwnerOf(object)),
  };
}

/** Of several owners, the one that would keep the commit if the pin were released. */
function commitOwnerOf(object: KubeObject): string | undefined {
  const managers = fieldOwners(object, ['spec', 'ref', 'commit']).map((owner) => owner.manager);
  return cut(managers.find((manager) => manager !== pinManager) ?? managers[0], 128);
}

function workloadOf(object: KubeObject): ObjectStatus['workload'] {
  const { kind, spec, metadata } = object;
  if (kind !== 'Kustomization' && kind !== 'HelmRelease') return undefined;
  const own = metadata.namespace ?? '';
  const reference = referenceOf(object);
  const timeout = textAt(spec, 'timeout');
  return {
    sourceKind: textAt(reference, 'kind') ?? '',
    sourceNamespace: textAt(reference, 'namespace') ?? own,
    sourceName: textAt(reference, 'name') ?? '',
    ...present('path', kind === 'Kustomization' ? cut(textAt(spec, 'path'), 1024) : undefined),
    checksHealth: kind === 'Kustomization' ? flagAt(spec, 'wait') || listAt(spec, 'healthChecks').length > 0 : !flagAt(spec, 'upgrade', 'disableWait'),
    ...present('timeoutSeconds', timeout === undefined ? undefined : goDurationSeconds(timeout)),
    dependsOn: listAt(spec, 'dependsOn')
      .slice(0, dependenciesMax)
      .map((entry) => `${textAt(entry, 'namespace') ?? own}/${textAt(entry, 'name') ?? ''}`),
    ...present('chart', cut(chartOf(spec), 512)),
  };
}

function imageOf({ kind, status }: KubeObject): ObjectStatus['image'] {
  switch (kind) {
    case 'ImageRepository':
      return { ...present('at', cut(textAt(status, 'lastScanResult', 'scanTime'), 64)) };
    case 'ImagePolicy':
      return { ...present('name', cut(textAt(status, 'latestRef', 'name'), 512)), ...present('tag', cut(textAt(status, 'latestRef', 'tag'), 256)) };
    case 'ImageUpdateAutomation':
      return { ...present('at', cut(textAt(status, 'lastAutomationRunTime'), 64)) };
    default:
      return undefined;
  }
}

/** The reference of a workload to its source. */
export function referenceOf({ spec }: KubeObject): unknown {
  if (has(spec, 'sourceRef')) return spec?.['sourceRef'];
  if (has(spec, 'chartRef')) return spec?.['chartRef'];
  const chart = spec?.['chart'];
  return typeof chart === 'object' && chart !== null && 'spec' in chart ? (chart.spec as { sourceRef?: unknown } | undefined)?.sourceRef : undefined;
}

function chartOf(spec: KubeObject['spec']): string | undefined {
  const name = textAt(spec, 'chart', 'spec', 'chart');
  const version = textAt(spec, 'chart', 'spec', 'version');
  return name !== undefined && version !== undefined ? `${name}@${version}` : name;
}

function ownerOf({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.['kustomize.toolkit.fluxcd.io/name'];
  const namespace = metadata.labels?.['kustomize.toolkit.fluxcd.io/namespace'];
  return name !== undefined && namespace !== undefined ? `${namespace}/${name}` : undefined;
}

function inventoryOf({ status }: KubeObject): string[] | undefined {
  if (!has(status, 'inventory')) return undefined;
  const ids = listAt(status, 'inventory', 'entries').map((entry) => textAt(entry, 'id') ?? '');
  const length = ids.reduce((sum, id) => sum + id.length, 0);
  return ids.length > inventoryMax || length > inventoryLengthMax ? undefined : ids;
}

function cut(text: string | undefined, length: number): string | undefined {
  return text !== undefined && text.length > length ? text.slice(0, length) : text;
}

/** A message that was cut says so by its end. */
function shortened(message: string): string {
  return message.length > messageLengthMax ? `${message.slice(0, messageLengthMax - 1)}…` : message;
}

function present<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

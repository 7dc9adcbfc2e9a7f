import type { Condition, ObjectResponse } from '@flotilla/contracts';

/** A kind as `get` names it and prints it. Columns and their values are those of flux v2.9 `get`. */
export interface FluxKind {
  readonly kind: string;
  /** word of the command */
  readonly noun: string;
  readonly aliases: readonly string[];
  readonly columns: readonly Column[];
}
type Column = keyof typeof columnHeaders;
const columnHeaders = { revision: 'Revision', image: 'Image', tag: 'Tag', scanned: 'Last scan', run: 'Last run', suspended: 'Suspended' } as const;

const both = ['revision', 'suspended'] as const;
export const sourceKinds: readonly FluxKind[] = [
  { kind: 'OCIRepository', noun: 'oci', aliases: [], columns: both },
  { kind: 'Bucket', noun: 'bucket', aliases: [], columns: both },
  { kind: 'GitRepository', noun: 'git', aliases: [], columns: both },
  { kind: 'HelmRepository', noun: 'helm', aliases: [], columns: both },
  { kind: 'HelmChart', noun: 'chart', aliases: [], columns: both },
];
export const imageKinds: readonly FluxKind[] = [
  { kind: 'ImageRepository', noun: 'repository', aliases: [], columns: ['scanned', 'suspended'] },
  { kind: 'ImagePolicy', noun: 'policy', aliases: [], columns: ['image', 'tag'] },
  { kind: 'ImageUpdateAutomation', noun: 'update', aliases: [], columns: ['run', 'suspended'] },
];
export const otherKinds: readonly FluxKind[] = [
  { kind: 'HelmRelease', noun: 'helmreleases', aliases: ['hr', 'helmrelease'], columns: both },
  { kind: 'Kustomization', noun: 'kustomizations', aliases: ['ks', 'kustomization'], columns: both },
  { kind: 'Receiver', noun: 'receivers', aliases: ['receiver'], columns: ['suspended'] },
  { kind: 'Provider', noun: 'alert-providers', aliases: ['alert-provider'], columns: [] },
  { kind: 'Alert', noun: 'flux-alerts', aliases: ['flux-alert'], columns: ['suspended'] },
];
/** In the order `flux get all` prints them. */
export const fluxKinds: readonly FluxKind[] = [...sourceKinds, ...imageKinds, ...otherKinds];

/** How rows are shaped: `namespaces` adds flux's NAMESPACE column (-A), `kinds` puts `kind/` before names (get all), `source` adds SOURCE. */
export interface RowShape {
  readonly namespaces?: boolean;
  readonly kinds?: boolean;
  readonly source?: boolean;
}

/** flux's columns in flux's order, without CLUSTER. */
export function fluxHeader(kind: FluxKind, shape: RowShape = {}): string[] {
  return [
    ...(shape.namespaces ? ['Namespace'] : []),
    'Name',
    ...(shape.source ? ['Source'] : []),
    ...kind.columns.map((column) => columnHeaders[column]),
    'Ready',
    'Message',
  ];
}

/** The cells flux prints for the object; one that has not been heard of lately is Unknown, whatever it last said. */
export function fluxRow(kind: FluxKind, object: ObjectResponse, shape: RowShape = {}): string[] {
  const { status } = object;
  const [ready, message] = readiness(kind, object);
  const { name: image = '', tag = '', at = '' } = status.image ?? {};
  const cells: Record<Column, string> = {
    revision: revisionOf(kind, object),
    image,
    tag,
    scanned: at,
    run: at,
    suspended: status.suspended ? 'True' : 'False',
  };
  return [
    ...(shape.namespaces ? [status.namespace] : []),
    shape.kinds ? `${status.kind.toLowerCase()}/${status.name}` : status.name,
    ...(shape.source ? [status.workload ? `${status.workload.sourceKind}/${status.workload.sourceNamespace}/${status.workload.sourceName}` : ''] : []),
    ...kind.columns.map((column) => cells[column]),
    ready,
    kind.kind === 'HelmRelease' ? message : truncateHex(message),
  ];
}

function revisionOf(kind: FluxKind, { status }: ObjectResponse): string {
  if (kind.kind === 'HelmRelease') return status.releaseRevision ?? status.revision ?? status.attemptedRevision ?? '';
  const revision = status.revision ?? '';
  return kind.kind === 'HelmChart' ? revision : truncateHex(revision);
}

function readiness(kind: FluxKind, { status, stale, receivedAt }: ObjectResponse): [string, string] {
  const [ready, message] = declaredReadiness(kind, status.conditions, status.source?.url);
  return stale ? ['Unknown', `nothing heard since ${receivedAt}; was ${ready}: ${message}`] : [ready, message];
}

function declaredReadiness(kind: FluxKind, conditions: readonly Condition[], url = ''): [string, string] {
  if (hasNoStatus(kind)) return ['True', `${kind.kind} is Ready`];
  // an OCI Helm repository is never reconciled; one with conditions lacks `type: oci` and fails
  if (kind.kind === 'HelmRepository' && url.startsWith('oci://') && conditions.length === 0) return ['True', 'Helm repository is Ready'];
  const ready = conditions.find(({ type }) => type === 'Ready');
  return ready ? [ready.status, ready.message] : ['False', 'waiting to be reconciled'];
}

function hasNoStatus({ kind }: FluxKind): boolean {
  return kind === 'Alert' || kind === 'Provider';
}

/** As flux: hexadecimal words of 40 to 128 digits become their first 8. */
export function truncateHex(text: string): string {
  return text.replace(/\b[a-f0-9]{40,128}\b/g, (hex) => hex.slice(0, 8));
}

/** flux's `--status-selector type=status` or `type!=status`; undefined when it is neither. */
export function parseStatusSelector(text: string): ((object: ObjectResponse, kind: FluxKind) => boolean) | undefined {
  const [, type, operator, wanted] = /^([^!=]+)(!?=)(.*)$/.exec(text) ?? [];
  if (type === undefined || wanted === undefined) return undefined;
  return (object, kind) => (conditionOf(kind, object, type.toLowerCase())?.toLowerCase() === wanted.toLowerCase()) === (operator === '=');
}

/** The status of a condition as a selector sees it: one that was never set has none, though its row says False. */
function conditionOf(kind: FluxKind, { status, stale }: ObjectResponse, type: string): string | undefined {
  if (type === 'ready' && stale) return 'Unknown';
  if (hasNoStatus(kind)) return type === 'ready' ? 'True' : undefined;
  return status.conditions.find((condition) => condition.type.toLowerCase() === type)?.status;
}

import { objectKeyText, type ObjectResponse } from '@flotilla/contracts';

export interface TreeNode {
  object: ObjectResponse;
  children: TreeNode[];
}

export interface ObjectTree {
  /** sources with the workloads that read them below; then workloads whose source is not there */
  roots: TreeNode[];
  /** objects outside the flow from source to inventory: alerts, providers, receivers, image kinds */
  others: ObjectResponse[];
}

const sourceKinds = new Set(['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository', 'HelmChart', 'ExternalArtifact']);
const workloadKinds = new Set(['Kustomization', 'HelmRelease']);
const collator = new Intl.Collator('en', { numeric: true });

export const keyOf = (object: ObjectResponse): string => objectKeyText(object.status);

/**
 * The flow of Flux as a tree: a source, the Kustomizations that read it, the HelmReleases that a Kustomization applied (else those of the source),
 * the rest that a Kustomization applied. Every object is in it once; a loop of owners cannot hide one.
 */
export function objectTree(objects: readonly ObjectResponse[]): ObjectTree {
  const byKey = new Map(objects.map((object) => [keyOf(object), object]));
  const parentOf = (object: ObjectResponse): string | null => {
    const { kind, owner, workload } = object.status;
    const owning = owner === undefined ? null : `Kustomization/${owner}`;
    const source = workload ? `${workload.sourceKind}/${workload.sourceNamespace}/${workload.sourceName}` : null;
    const [first, second] =
      kind === 'Kustomization'
        ? [source, owning]
        : kind === 'HelmRelease'
          ? [owning, source]
          : sourceKinds.has(kind)
            ? [kind === 'GitRepository' ? null : owning, null]
            : [owning, null];
    if (first !== null && byKey.has(first)) return first;
    return second !== null && byKey.has(second) ? second : null;
  };
  const children = new Map<string, ObjectResponse[]>();
  const tops: ObjectResponse[] = [];
  for (const object of objects) {
    const parent = parentOf(object);
    if (parent === null || parent === keyOf(object)) tops.push(object);
    else children.set(parent, [...(children.get(parent) ?? []), object]);
  }
  const placed = new Set<string>();
  const sorted = (list: readonly ObjectResponse[]) =>
    list.toSorted(
      (left, right) => rank(left) - rank(right) || collator.compare(left.status.namespace + left.status.name, right.status.namespace + right.status.name),
    );
  const build = (object: ObjectResponse): TreeNode => {
    placed.add(keyOf(object));
    return {
      object,
      children: sorted(children.get(keyOf(object)) ?? [])
        .filter((child) => !placed.has(keyOf(child)))
        .map(build),
    };
  };
  const inFlow = (object: ObjectResponse) => sourceKinds.has(object.status.kind) || workloadKinds.has(object.status.kind);
  const roots = sorted(tops.filter(inFlow)).map(build);
  for (const object of objects) if (inFlow(object) && !placed.has(keyOf(object))) roots.push(build(object));
  return { roots, others: sorted(objects.filter((object) => !placed.has(keyOf(object)))) };
}

/** Sources before Kustomizations before HelmReleases; of sources those that workloads read come first. */
function rank(object: ObjectResponse): number {
  const { kind } = object.status;
  return kind === 'GitRepository'
    ? 0
    : kind === 'OCIRepository'
      ? 1
      : kind === 'Bucket'
        ? 2
        : kind === 'Kustomization'
          ? 3
          : kind === 'HelmRelease'
            ? 4
            : kind === 'HelmRepository'
              ? 5
              : 6;
}

/** An inventory id (`namespace_name_group_Kind`) in words. */
export function inventoryText(id: string): { kind: string; name: string } {
  const parts = id.split('_');
  const [namespace = '', name = id] = parts;
  const kind = parts[3]?.replace(/v\d+\w*$/, '') ?? parts[3] ?? '';
  return { kind, name: namespace ? `${namespace}/${name}` : name };
}

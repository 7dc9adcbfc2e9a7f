/** Kinds whose deletion takes data or other people's objects along; how many a rollback may delete without being told to. */
export const deletionBudget = { namespaces: 0, persistentVolumeClaims: 0, customResourceDefinitions: 0 } as const;
export type DeletionBudget = Readonly<Record<keyof typeof deletionBudget, number>>;
/** Longest list of predicted deletions that is kept; beyond, only their number is told. */
export const deletionsListMax = 500;

/** A Kustomization that follows the source: what it applies now and what it applied at the revision rolled back to; undefined: not known. */
export interface WorkloadInventory {
  readonly namespace: string;
  readonly name: string;
  readonly now: readonly string[] | undefined;
  readonly then: readonly string[] | undefined;
}

export interface DeletionForecast {
  /** `Kind namespace/name`, sorted */
  readonly deletions: readonly string[];
  /** false: some workload's inventory now or then is not known, so there may be more */
  readonly known: boolean;
  readonly unknown: readonly string[];
  /** spent of the budget */
  readonly spent: DeletionBudget;
  readonly overBudget: boolean;
}

interface InventoryItem {
  readonly key: string;
  readonly kind: string;
  readonly group: string;
  readonly text: string;
  readonly reference: string;
}

/** An entry of `status.inventory`: `<namespace>_<name>_<group>_<kind>`, where a name may hold `:` for `__` as Flux writes RBAC names; the version does not identify. */
function readItem(id: string): InventoryItem {
  const parts = id.split('_');
  const kind = (parts.at(-1) ?? '').replace(/ v\w+$/, '');
  const group = parts.at(-2) ?? '';
  const namespace = parts[0] ?? '';
  const name = parts.slice(1, -2).join('_');
  const reference = namespace === '' ? name : `${namespace}/${name}`;
  return { key: `${namespace}_${name}_${group}_${kind}`, kind, group, reference, text: `${kind} ${reference}` };
}

const isKustomization = (item: InventoryItem): boolean => item.kind === 'Kustomization' && item.group === 'kustomize.toolkit.fluxcd.io';

/**
 * What going back would prune: the inventory of each workload now less its inventory then. A Kustomization that would itself be pruned takes
 * its whole inventory along. What moves from one workload to another counts as deleted by neither only if some workload had it then.
 */
export function predictDeletions(workloads: readonly WorkloadInventory[], budget: DeletionBudget = deletionBudget): DeletionForecast {
  const byName = new Map(workloads.map((workload) => [`${workload.namespace}/${workload.name}`, workload]));
  const then = new Set(workloads.flatMap((workload) => workload.then ?? []).map((id) => readItem(id).key));
  const unknown = new Set<string>();
  const gone = new Map<string, InventoryItem>();
  const pruned = new Set<string>();
  const prune = (workload: WorkloadInventory): void => {
    const name = `${workload.namespace}/${workload.name}`;
    if (pruned.has(name)) return;
    pruned.add(name);
    if (workload.now === undefined) unknown.add(name);
    else collect(workload.now);
  };
  const collect = (ids: readonly string[]): void => {
    for (const id of ids) {
      const item = readItem(id);
      if (then.has(item.key) || gone.has(item.key)) continue;
      gone.set(item.key, item);
      const nested = isKustomization(item) ? byName.get(item.reference) : undefined;
      if (nested) prune(nested);
      else if (isKustomization(item)) unknown.add(item.reference);
    }
  };
  const roots = workloads.filter((workload) => workload.then !== undefined);
  for (const workload of roots) {
    if (workload.now === undefined) unknown.add(`${workload.namespace}/${workload.name}`);
    else collect(workload.now);
  }
  // a workload without a record at that revision either did not exist then, and is pruned by its parent above, or its inventory is unknown
  for (const workload of workloads) {
    const name = `${workload.namespace}/${workload.name}`;
    if (workload.then === undefined && !pruned.has(name)) unknown.add(name);
  }
  const items = [...gone.values()];
  const spent = {
    namespaces: items.filter((item) => item.kind === 'Namespace' && item.group === '').length,
    persistentVolumeClaims: items.filter((item) => item.kind === 'PersistentVolumeClaim' && item.group === '').length,
    customResourceDefinitions: items.filter((item) => item.kind === 'CustomResourceDefinition').length,
  };
  return {
    deletions: items.map((item) => item.text).sort(),
    known: unknown.size === 0,
    unknown: [...unknown].sort(),
    spent,
    overBudget:
      spent.namespaces > budget.namespaces ||
      spent.persistentVolumeClaims > budget.persistentVolumeClaims ||
      spent.customResourceDefinitions > budget.customResourceDefinitions,
  };
}

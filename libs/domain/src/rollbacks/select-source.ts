import type { ObjectStatus } from '@flotilla/contracts';
import { controlledLabel } from '../agent-manifest/index.js';
import { fleetSourceName } from '../flux-manifests/index.js';

/** Tags the hub makes: `fleet/<number of the rollback>`, and after a restore of the hub `fleet/<number>-<id>`. */
export const fleetTagPrefix = 'fleet/';
/** Field manager of pins: a commit that anybody else declares is not the hub's to steer. */
export const pinFieldManager = 'flotilla-pin';

export type SelectedSource = { readonly source: ObjectStatus } | { readonly source: null; readonly reason: string };

/** Whether the source is the one flux bootstrap named after its namespace: pinned, it could not see the commit that unpins it. */
export const isRootSource = (source: Pick<ObjectStatus, 'name' | 'namespace'>): boolean => source.name === source.namespace;

/** Whether Git consents to the source being steered: labelled, following a branch, not the root. */
function isControlled(source: ObjectStatus): boolean {
  return source.kind === 'GitRepository' && !isRootSource(source) && Object.hasOwn(source.labels, controlledLabel) && source.source?.branch !== undefined;
}

/**
 * The one source of a cluster that a rollback steers: the one asked for (`name` or `namespace/name`), else the scaffolded `fleet`, else the only
 * controlled one. Otherwise the reason why there is none.
 */
export function selectSource(objects: readonly ObjectStatus[], wanted: string | undefined): SelectedSource {
  const sources = objects.filter((object) => object.kind === 'GitRepository');
  if (wanted !== undefined) {
    const named = sources.filter((source) => `${source.namespace}/${source.name}` === wanted || source.name === wanted);
    const [first] = named;
    if (!first) return { source: null, reason: `the cluster reports no GitRepository ${wanted}` };
    if (named.length > 1) return { source: null, reason: `several GitRepositories are named ${wanted}; say which as namespace/name` };
    return steerable(first);
  }
  const controlled = sources.filter(isControlled);
  const scaffolded = controlled.filter((source) => source.name === fleetSourceName);
  const [one] = scaffolded.length === 1 ? scaffolded : controlled;
  if (!one) return { source: null, reason: `no GitRepository of the cluster carries the label ${controlledLabel} and follows a branch` };
  if (scaffolded.length !== 1 && controlled.length > 1)
    return { source: null, reason: `the cluster has several controlled sources (${controlled.map((source) => source.name).join(', ')}); name one` };
  return steerable(one);
}

function steerable(source: ObjectStatus): SelectedSource {
  const name = `${source.namespace}/${source.name}`;
  if (isRootSource(source))
    return { source: null, reason: `${name} is the root source: pinned, it could not see the commit that unpins it; use the method revert` };
  if (!isControlled(source)) return { source: null, reason: `${name} does not carry the label ${controlledLabel} or follows no branch; use the method revert` };
  const { tag, commit, commitOwner, semver } = source.source ?? {};
  if (commit !== undefined && commitOwner !== undefined && commitOwner !== pinFieldManager)
    return { source: null, reason: `Git itself declares the commit of ${name} (${commitOwner}); use the method revert` };
  if (semver !== undefined || (tag !== undefined && !tag.startsWith(fleetTagPrefix)))
    return {
      source: null,
      reason: `Git itself declares ${semver === undefined ? `the tag ${tag ?? ''}` : `the version ${semver}`} of ${name}; use the method revert`,
    };
  return { source };
}

import { objectKeyText, type CommandArguments, type CommandClaims } from '@flotilla/contracts/agent';
import { textAt } from '../collect/read-raw.js';
import { fieldOwners, isDeclaredInGit } from '../kube/field-owners.js';
import type { KubeObject } from '../kube/kube-api.js';
import { controlledLabel, pinManager, reconcileManager, requestedAtAnnotation, suspendManager } from './managers.js';

/** What is to be done to an object: a server-side apply of exactly these fields, a merge patch, nothing because it is so already, or a refusal. */
export type PlannedChange =
  | { readonly do: 'apply'; readonly fieldManager: string; readonly spec: Readonly<Record<string, unknown>> | undefined }
  | { readonly do: 'merge'; readonly fieldManager: string; readonly patch: Readonly<Record<string, unknown>> }
  | { readonly do: 'nothing'; readonly message: string }
  | { readonly do: 'refuse'; readonly message: string };

/** Decides what a command does to the object as it is now. `precondition` is what its issuer saw. Pure. */
export function planChange(command: CommandArguments, precondition: CommandClaims['precondition'], object: KubeObject): PlannedChange {
  const name = objectKeyText(command.object);
  if (precondition.uid !== undefined && precondition.uid !== object.metadata.uid) {
    return refuse(`${name} is not the object the command was meant for: it was replaced`);
  }
  const commit = textAt(object.spec, 'ref', 'commit') ?? null;
  if (precondition.commit !== undefined && precondition.commit !== commit) {
    return refuse(`${name} has ref.commit ${commit ?? '(none)'}, the command expected ${precondition.commit ?? '(none)'}`);
  }
  switch (command.type) {
    case 'reconcile':
      return planReconcile(command.requestedAt, object, name);
    case 'suspend':
      return planSuspend(object, name);
    case 'resume':
      return planResume(object, name);
    case 'pin':
      return planPin(command.commit, commit, object, name);
    case 'release':
      // without the field: a merge patch with null would also remove a commit that Git declares
      return owns(object, ['spec', 'ref', 'commit'], pinManager)
        ? { do: 'apply', fieldManager: pinManager, spec: undefined }
        : { do: 'nothing', message: `${name} carries no pin` };
  }
}

function planReconcile(requestedAt: string, object: KubeObject, name: string): PlannedChange {
  if (object.spec?.['suspend'] === true) return refuse(`${name} is suspended; resume it first`);
  return {
    do: 'merge',
    fieldManager: reconcileManager,
    patch: { metadata: { uid: object.metadata.uid, annotations: { [requestedAtAnnotation]: requestedAt } } },
  };
}

function planSuspend(object: KubeObject, name: string): PlannedChange {
  if (isRoot(object)) return refuse(`${name} is the root: suspended, it could not be resumed through Git`);
  const declared = fieldOwners(object, ['spec', 'suspend']).find(isDeclaredInGit);
  if (declared) return refuse(`${name} has spec.suspend declared in Git (${declared.manager}); change it there`);
  if (object.spec?.['suspend'] === true) return { do: 'nothing', message: `${name} is suspended already` };
  return { do: 'apply', fieldManager: suspendManager, spec: { suspend: true } };
}

function planResume(object: KubeObject, name: string): PlannedChange {
  const owners = fieldOwners(object, ['spec', 'suspend']);
  const declared = owners.find(isDeclaredInGit);
  if (declared) return refuse(`${name} has spec.suspend declared in Git (${declared.manager}); change it there`);
  if (owners.some((owner) => owner.manager === suspendManager && owner.operation === 'Apply') && owners.length === 1) {
    return { do: 'apply', fieldManager: suspendManager, spec: undefined };
  }
  if (object.spec?.['suspend'] !== true) return { do: 'nothing', message: `${name} is not suspended` };
  // suspended by hand (flux suspend, kubectl): Git does not declare the field, so removing it is what resume means; not if somebody changed it meanwhile
  return {
    do: 'merge',
    fieldManager: suspendManager,
    patch: { metadata: { uid: object.metadata.uid, resourceVersion: object.metadata.resourceVersion }, spec: { suspend: null } },
  };
}

function planPin(wanted: string, commit: string | null, object: KubeObject, name: string): PlannedChange {
  if (object.kind !== 'GitRepository') return refuse(`${name} is not a GitRepository: only those can be pinned to a commit`);
  if (isRoot(object)) return refuse(`${name} is the root source: pinned, it could not see the commit that unpins it`);
  if (object.metadata.labels?.[controlledLabel] === undefined || textAt(object.spec, 'ref', 'branch') === undefined) {
    return refuse(`${name} does not carry the label ${controlledLabel} or follows no branch: Git does not consent to steering it`);
  }
  const other = fieldOwners(object, ['spec', 'ref', 'commit']).find((owner) => owner.manager !== pinManager);
  if (other) return refuse(`${name} has its ref.commit from ${other.manager}; change it there`);
  if (wanted === commit) return { do: 'nothing', message: `${name} is pinned to ${wanted} already` };
  return { do: 'apply', fieldManager: pinManager, spec: { ref: { commit: wanted } } };
}

/** flux bootstrap names its own source and Kustomization after their namespace. */
function isRoot({ metadata }: KubeObject): boolean {
  return metadata.name === metadata.namespace;
}

function owns(object: KubeObject, path: readonly string[], manager: string): boolean {
  return fieldOwners(object, path).some((owner) => owner.manager === manager && owner.operation === 'Apply');
}

function refuse(message: string): PlannedChange {
  return { do: 'refuse', message };
}

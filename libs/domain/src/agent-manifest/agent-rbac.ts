import type { KubeObject } from '../kube-object.js';
import { agentLabels, agentNames, fluxNamespace } from './agent-names.js';

export interface RbacRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

const read = ['get', 'list', 'watch'] as const;

/** The Flux kinds an agent watches, by API group. Resources are named one by one: "*" would include subresources and kinds yet unknown. */
const watched: Readonly<Record<string, readonly string[]>> = {
  'source.toolkit.fluxcd.io': ['gitrepositories', 'ocirepositories', 'buckets', 'helmrepositories', 'helmcharts', 'externalartifacts'],
  'source.extensions.fluxcd.io': ['artifactgenerators'],
  'kustomize.toolkit.fluxcd.io': ['kustomizations'],
  'helm.toolkit.fluxcd.io': ['helmreleases'],
  'notification.toolkit.fluxcd.io': ['alerts', 'providers', 'receivers'],
  'image.toolkit.fluxcd.io': ['imagerepositories', 'imagepolicies', 'imageupdateautomations'],
  'flagger.app': ['canaries'],
};

/** The kinds that have `spec.suspend` or answer to `reconcile.fluxcd.io/requestedAt`: what reconcile, suspend, resume and pin need. */
const patched: Readonly<Record<string, readonly string[]>> = {
  'source.toolkit.fluxcd.io': ['gitrepositories', 'ocirepositories', 'buckets', 'helmrepositories', 'helmcharts'],
  'kustomize.toolkit.fluxcd.io': ['kustomizations'],
  'helm.toolkit.fluxcd.io': ['helmreleases'],
  'notification.toolkit.fluxcd.io': ['alerts', 'providers', 'receivers'],
  'image.toolkit.fluxcd.io': ['imagerepositories', 'imagepolicies', 'imageupdateautomations'],
};

/** API groups whose objects the admission policy guards against the agent. */
export const guardedApiGroups: readonly string[] = Object.keys(watched);

/** Rules over the whole cluster. */
export function clusterRules(readOnly: boolean): RbacRule[] {
  const rules: RbacRule[] = Object.entries(watched).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: read }));
  // the uid of kube-system is the cluster's fingerprint
  rules.push({ apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] });
  if (!readOnly) rules.push(...Object.entries(patched).map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['patch'] })));
  return rules;
}

/** Rules in flux-system: the controllers' health and version. */
export const fluxNamespaceRules: readonly RbacRule[] = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: read }];

/** Rules in flotilla-system: write its own identity and nothing else; it reads it through the mount. */
export const ownNamespaceRules: readonly RbacRule[] = [
  { apiGroups: [''], resources: ['secrets'], resourceNames: [agentNames.identitySecret], verbs: ['patch'] },
];

/** Role objects and bindings of the agent. Those in flux-system come last, see `renderAgentManifest`. */
export function agentRbac(readOnly: boolean): KubeObject[] {
  const subjects = [{ kind: 'ServiceAccount', name: agentNames.serviceAccount, namespace: agentNames.namespace }];
  const metadata = { name: agentNames.role, labels: agentLabels };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const namespaced = (namespace: string, rules: readonly RbacRule[]): KubeObject[] => [
    { apiVersion, kind: 'Role', metadata: { ...metadata, namespace }, rules },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { ...metadata, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: agentNames.role },
      subjects,
    },
  ];
  return [
    { apiVersion, kind: 'ClusterRole', metadata, rules: clusterRules(readOnly) },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: agentNames.role },
      subjects,
    },
    ...namespaced(agentNames.namespace, ownNamespaceRules),
    ...namespaced(fluxNamespace, fluxNamespaceRules),
  ];
}

import { coreKinds, type KubeResource } from '@flotilla/agent-runtime';

const flux = (group: string, version: string, resource: string, kind: string): KubeResource => ({ group, version, resource, kind, namespaced: true });

/** The kinds a virtual cluster serves, by kind. */
export const virtualKinds = {
  GitRepository: flux('source.toolkit.fluxcd.io', 'v1', 'gitrepositories', 'GitRepository'),
  OCIRepository: flux('source.toolkit.fluxcd.io', 'v1', 'ocirepositories', 'OCIRepository'),
  Bucket: flux('source.toolkit.fluxcd.io', 'v1', 'buckets', 'Bucket'),
  HelmRepository: flux('source.toolkit.fluxcd.io', 'v1', 'helmrepositories', 'HelmRepository'),
  HelmChart: flux('source.toolkit.fluxcd.io', 'v1', 'helmcharts', 'HelmChart'),
  Kustomization: flux('kustomize.toolkit.fluxcd.io', 'v1', 'kustomizations', 'Kustomization'),
  HelmRelease: flux('helm.toolkit.fluxcd.io', 'v2', 'helmreleases', 'HelmRelease'),
  Alert: flux('notification.toolkit.fluxcd.io', 'v1beta3', 'alerts', 'Alert'),
  Provider: flux('notification.toolkit.fluxcd.io', 'v1beta3', 'providers', 'Provider'),
  Receiver: flux('notification.toolkit.fluxcd.io', 'v1', 'receivers', 'Receiver'),
  ConfigMap: { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true },
  Namespace: coreKinds.namespaces,
  Secret: coreKinds.secrets,
  Deployment: coreKinds.deployments,
} as const satisfies Record<string, KubeResource>;

const byKind: ReadonlyMap<string, KubeResource> = new Map(Object.entries(virtualKinds));

/** Kinds that Flux itself reconciles; manifests of these become objects of the virtual cluster. */
export function fluxKind(kind: string): KubeResource | undefined {
  const found = byKind.get(kind);
  return found?.group.endsWith('fluxcd.io') ? found : undefined;
}

import type { KubeResource } from '../kube/kube-api.js';

/** API groups the agent looks for. Which of their kinds exist in a cluster is found by discovery. */
export const watchedGroups = [
  'source.toolkit.fluxcd.io',
  'source.extensions.fluxcd.io',
  'kustomize.toolkit.fluxcd.io',
  'helm.toolkit.fluxcd.io',
  'notification.toolkit.fluxcd.io',
  'image.toolkit.fluxcd.io',
  'flagger.app',
] as const;

/** Whether objects of a discovered kind are watched: all of Flux's, and of Flagger's only the Canary. */
export function isWatched(resource: KubeResource): boolean {
  return resource.group !== 'flagger.app' || resource.kind === 'Canary';
}

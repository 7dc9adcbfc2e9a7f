import type { KubeClient } from '@flotilla/kube';
import type { rootKustomization, rootSource } from './preflight.js';

/** Field manager of `flux reconcile`; a name that begins with "kubectl" would have its fields taken away. */
const reconcileManager = 'flux-client-side-apply';

/** Asks the controller of the root source or Kustomization to look at once, as `flux reconcile` does; the same `token` again asks nothing. */
export async function requestReconcile(kube: KubeClient, ref: typeof rootSource | typeof rootKustomization, token: string): Promise<void> {
  await kube.annotate(ref, { 'reconcile.fluxcd.io/requestedAt': token }, reconcileManager);
}

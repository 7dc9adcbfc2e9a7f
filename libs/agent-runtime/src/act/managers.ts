/** Field managers the agent acts as. Each owns exactly one kind of change, so that giving it up is applying without it. */
export const pinManager = 'flotilla-pin';
export const suspendManager = 'flotilla-suspend';
/** What Flux's own documentation uses for reconcile requests: kustomize-controller leaves it alone. */
export const reconcileManager = 'flux-client-side-apply';

export const requestedAtAnnotation = 'reconcile.fluxcd.io/requestedAt';
/** Consent to be steered, written in Git. */
export const controlledLabel = 'flotilla.dev/controlled';

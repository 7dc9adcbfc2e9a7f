export * from './labels/index.js';
export * from './kube-object.js';
export * from './agent-manifest/index.js';
export * from './stream/index.js';
export * from './fleet-paths/index.js';
export * from './flux-manifests/index.js';
export * from './kubeconfig/index.js';
export * from './yaml-edit/index.js';

export * from './labels/index.js';
export * from './kube-object.js';
export * from './agent-manifest/index.js';
export * from './stream/index.js';

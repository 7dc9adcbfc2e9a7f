export * from './admission-policy.js';
export * from './agent-names.js';
export * from './agent-rbac.js';
export * from './render-agent-manifest.js';
export * from './render-agent-rbac-reference.js';

export * from './reconcile-releases.js';
export * from './release-sink.js';
export * from './releases.module.js';

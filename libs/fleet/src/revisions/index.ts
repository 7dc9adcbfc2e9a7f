export * from './revisions.module.js';
export * from './revisions.read-model.js';

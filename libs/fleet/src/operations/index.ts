export * from './operation-runner.js';
export * from './operation-store.js';
export * from './operations.module.js';

export * from './failure-stage.js';
export * from './object-state.js';
export * from './revision.js';

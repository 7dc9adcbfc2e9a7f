export * from './cluster-rollup.js';
export * from './cluster-state.js';

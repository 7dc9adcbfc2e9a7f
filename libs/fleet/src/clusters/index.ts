export * from './cluster-filter.js';
export * from './clusters.module.js';
export * from './clusters.read-model.js';
export * from './clusters.service.js';

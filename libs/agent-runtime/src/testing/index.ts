export * from './fake-hub.js';
export * from './fake-hub-cluster.js';

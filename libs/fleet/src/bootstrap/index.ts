export * from './bootstrap-machine.js';
export * from './bootstrap-records.js';
export * from './bootstrap-sources.js';
export * from './bootstrap.module.js';
export * from './bootstrap.repository.js';
export * from './check-cluster.js';
export * from './bootstrap.service.js';
export type { JoinPort } from './steps/index.js';

export * from './bootstrap-machine.js';
export * from './bootstrap.module.js';
export * from './bootstrap.service.js';
export type { JoinPort } from './steps/index.js';

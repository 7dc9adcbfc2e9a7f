export * from './job-registry.js';
export * from './job-queue.js';
export * from './job-worker.js';
export * from './jobs.module.js';

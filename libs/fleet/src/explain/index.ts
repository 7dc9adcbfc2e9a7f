export * from './explain.module.js';
export * from './explain.service.js';

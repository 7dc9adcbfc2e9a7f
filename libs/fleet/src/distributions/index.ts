export * from './distributions.module.js';
export * from './distributions.service.js';

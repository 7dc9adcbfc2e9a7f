export * from './fleet-path.js';

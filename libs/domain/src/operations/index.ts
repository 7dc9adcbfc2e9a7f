export * from './remedy.js';

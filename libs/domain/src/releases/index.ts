export * from './release-due.js';

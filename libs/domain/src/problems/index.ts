export * from './problem-docs.js';

export * from './distribution.js';
export * from './flux-files.js';
export * from './scaffold.js';

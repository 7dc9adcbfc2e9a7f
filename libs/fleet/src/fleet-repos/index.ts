export * from './fleet-repo-git.js';
export * from './fleet-repo-git.module.js';
export * from './repo-lock.js';

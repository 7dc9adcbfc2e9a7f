export * from './fleet-repo-git.js';
export * from './fleet-repo-git.module.js';
export * from './repo-lock.js';
export * from './fleet-repo-mirror.js';
export * from './fleet-repos.module.js';
export * from './fleet-repos.service.js';

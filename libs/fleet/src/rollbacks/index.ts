export * from './advance-rollback.js';
export * from './command-issuer.js';
export * from './rollback-git.js';
export * from './rollback-planner.js';
export * from './rollbacks.module.js';
export * from './rollbacks.repository.js';
export * from './rollbacks.service.js';
export * from './ordered-commands.js';

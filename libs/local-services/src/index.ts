export * from './git-backend.js';
export * from './postgres-server.js';
export * from './process-identity.js';

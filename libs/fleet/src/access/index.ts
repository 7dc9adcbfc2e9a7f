export * from './access.module.js';
export * from './api-tokens.service.js';
export { type Authentication, newSecret, secretHash } from './credentials.js';
export * from './refusal-log.js';
export * from './sessions.service.js';

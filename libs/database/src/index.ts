export * from './database.js';
export * from './database.module.js';
export * from './database-errors.js';
export * from './migrations/migrate.js';
export * from './migrations/schema-engine.js';
export * from './new-id.js';
export * from './wait-for-database.js';

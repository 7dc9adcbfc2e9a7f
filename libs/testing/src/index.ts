export * from './medium-database.js';

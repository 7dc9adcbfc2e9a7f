export * from './cluster-scope.js';
export * from './sql-conditions.js';

export * from './ledger.module.js';
export * from './ledger.read-model.js';

export * from './ledger.module.js';
export * from './ledger-enrichment.js';
export * from './ledger.read-model.js';

export * from './ledger-step.js';

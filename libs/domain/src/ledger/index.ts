export * from './event-message.js';
export * from './ledger-step.js';

export * from './outbox.js';
export * from './outbox-relay.js';
export * from './outbox.module.js';
export * from './wish.js';

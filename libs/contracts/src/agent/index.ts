export * from './object-status.js';
export * from './commands.js';
export * from './messages.js';

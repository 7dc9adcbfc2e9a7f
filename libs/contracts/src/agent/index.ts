export * from './object-status.js';
export * from './commands.js';
export * from './messages.js';
export * from './read-data-frame.js';

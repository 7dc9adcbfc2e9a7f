export * from './digest.js';
export * from './stream-cursor.js';

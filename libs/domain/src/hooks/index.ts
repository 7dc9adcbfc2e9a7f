export * from './hook-event.js';

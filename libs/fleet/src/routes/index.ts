export * from './alert-dispatcher.js';
export * from './deliveries.js';
export * from './routes.module.js';
export * from './routes.options.js';
export * from './routing-document.js';

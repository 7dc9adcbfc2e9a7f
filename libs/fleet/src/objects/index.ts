export * from './fleet-summary.read-model.js';
export * from './objects.module.js';
export * from './objects.read-model.js';
export * from './transition-sink.js';

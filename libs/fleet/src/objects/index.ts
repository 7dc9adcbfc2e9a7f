export * from './transition-sink.js';

export * from './judge-flux.js';

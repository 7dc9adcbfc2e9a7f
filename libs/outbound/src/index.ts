export * from './address.js';
export * from './create-outbound.js';
export * from './git-url.js';

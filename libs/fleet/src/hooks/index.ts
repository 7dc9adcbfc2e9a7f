export * from './hook-installation.js';
export * from './hooks.module.js';
export * from './hooks.service.js';

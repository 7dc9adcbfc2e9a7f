export * from './content.module.js';
export * from './content.service.js';

export * from './commands.module.js';
export * from './commands.repository.js';
export * from './commands.service.js';

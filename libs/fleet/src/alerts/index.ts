export * from './alert-sink.js';
export * from './alerts.module.js';
export * from './alerts.repository.js';
export * from './alerts.service.js';

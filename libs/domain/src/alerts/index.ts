export * from './group-timers.js';
export * from './match-routes.js';
export * from './matcher.js';
export * from './object-alerts.js';
export * from './parse-routing.js';
export * from './render-notification.js';
export * from './routing.js';
export { redactRouting, restoreRoutingSecrets } from './routing-secrets.js';

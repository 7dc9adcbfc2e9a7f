export * from './joined-agent.js';

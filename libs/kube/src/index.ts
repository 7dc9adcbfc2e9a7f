export * from './kube-client.js';
export * from './kube-errors.js';

export * from './vet-kubeconfig.js';

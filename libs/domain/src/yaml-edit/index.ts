export * from './yaml-edit.js';

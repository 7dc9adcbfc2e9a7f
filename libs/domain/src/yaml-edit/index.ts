export * from './put-objects.js';
export * from './yaml-edit.js';

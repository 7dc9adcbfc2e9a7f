export * from './next-step.js';
export * from './predict-deletions.js';
export * from './preview-target.js';
export * from './revision.js';
export * from './select-source.js';

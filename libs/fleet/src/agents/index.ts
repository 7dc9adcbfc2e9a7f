export * from './agent-authority.js';
export * from './cluster-stream.js';
export * from './cluster-view.js';
export * from './connections.repository.js';
export * from './ingest.js';
export * from './ingest-writer.js';
export * from './new-id.js';
export * from './stream.module.js';

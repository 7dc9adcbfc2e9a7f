export * from './http.js';
export * from './hub-client.js';
export * from './pages.js';
export * from './sse.js';

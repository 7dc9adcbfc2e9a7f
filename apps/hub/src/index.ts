export { createHub } from './create-hub.js';
export { hubConfig } from './hub.config.js';
export { OpenApiDocument } from './platform/openapi/openapi-document.js';

#!/usr/bin/env node
// Kept in the repository, with its executable bit, so that npm links it before anything is built.
await import('../dist/main.js').catch((error) => {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  console.error('flotilla is not built yet: run npm run build');
  process.exitCode = 1;
});

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `vite` (development) sends API calls; the built console is served by the hub itself. */
const hub = process.env['FLOTILLA_HUB_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2023',
    // nothing becomes a data: URL: the hub's Content-Security-Policy allows them for images only
    assetsInlineLimit: 0,
    // echarts alone is over the default of 500 kB, and it is loaded only when a chart is shown
    chunkSizeWarningLimit: 700,
    // zod-config must run before the schemas are made, also where they land in a chunk of their own
    rolldownOptions: { output: { strictExecutionOrder: true } },
  },
  server: { proxy: { '/api': { target: hub }, '/join': { target: hub } } },
});

import { createServer, type Server } from 'node:http';
import { serveGit } from '@flotilla/local-services';
import { LauncherError } from './data-folder.js';

/** The demo fleet repo over smart HTTP on loopback, open to whoever is on this machine. */
export async function startFleetGitServer(root: string, port: number): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => serveGit(request, response, root, new URL(request.url ?? '/', 'http://git').pathname));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new LauncherError(
          `the Git server of the demo fleet cannot listen on port ${port} (${cause.message}); free it, or start afresh with another FLOTILLA_DATA_DIR`,
          { cause },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

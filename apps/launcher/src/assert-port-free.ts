import { createServer } from 'node:net';
import { LauncherError } from './data-folder.js';

/** Refuses a loopback port that something listens on; `remedy` is a command with another port. @throws LauncherError */
export async function assertPortFree(port: number, remedy: string): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(new LauncherError(`port ${port} is taken (${cause.message}); free it, or choose another: ${remedy}`, { cause })));
    probe.listen(port, '127.0.0.1', resolve);
  });
  await new Promise<void>((resolve) => probe.close(() => resolve()));
}

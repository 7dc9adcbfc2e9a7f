import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface PostgresDoor {
  /** the database, through this door */
  readonly url: string;
  close(): void;
}

/** A way to the test server that can be opened late and slowed down: `delayMs` holds back what the server says. */
export async function postgresDoor(databaseUrl: string, options: { port?: number; delayMs?: number } = {}): Promise<PostgresDoor> {
  const target = new URL(databaseUrl);
  const door = createServer((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    socket.pipe(onward);
    onward.on('data', (chunk: Buffer) => void delay(options.delayMs ?? 0).then(() => socket.write(chunk)));
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => door.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = door.address();
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${typeof address === 'object' && address ? address.port : ''}`;
  return { url: url.href, close: () => void door.close() };
}

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from './pki.js';

/** A listening HTTP(S) server on a free loopback port. */
export interface HttpListener {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves `handle` on a free loopback port, over TLS when a key pair is given. */
export async function listenHttp(handle: RequestListener, tls?: KeyPair): Promise<HttpListener> {
  const server: Server = tls === undefined ? createServer(handle) : createTlsServer({ cert: tls.certificate, key: tls.key }, handle);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** User name and password of a basic `Authorization` header. */
export function basicCredentials(header: string | undefined): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^basic (.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

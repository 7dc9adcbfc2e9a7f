import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KubeApiError } from './kube-api-error.js';

/** What a request to the API server is made with. `token` may change between requests. */
export interface KubeCredentials {
  /** base URL, https */
  readonly server: string;
  /** PEM */
  readonly ca: string | undefined;
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  token(): Promise<string | undefined>;
}

/** Where Kubernetes mounts the ServiceAccount of a pod. */
const serviceAccountMount = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Bound tokens are rotated on disk well before they expire, so a minute-old read is still valid. */
const tokenRereadMs = 60_000;

/** The credentials of the pod's ServiceAccount. The token is read again every minute: the kubelet rotates it. */
export async function mountedCredentials(server: string, mount: string = serviceAccountMount, now: () => number = Date.now): Promise<KubeCredentials> {
  const ca = await readFile(join(mount, 'ca.crt'), 'utf8');
  let read: { token: string; at: number } | undefined;
  return {
    server,
    ca,
    async token() {
      if (!read || now() - read.at > tokenRereadMs) read = { token: (await readFile(join(mount, 'token'), 'utf8')).trim(), at: now() };
      return read.token;
    },
  };
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { readonly name: string; readonly context?: { readonly cluster?: string; readonly user?: string } }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string } }[];
  readonly users?: readonly {
    readonly name: string;
    readonly user?: { readonly token?: string; readonly 'client-certificate-data'?: string; readonly 'client-key-data'?: string };
  }[];
}

/**
 * Credentials of the current context of a kubeconfig, for an agent run as a local process: CA, and a token or client certificate, all inline.
 * Anything that would run a program, read another file or skip the TLS check is not understood and fails as missing.
 */
export async function kubeconfigCredentials(path: string): Promise<KubeCredentials> {
  // only local runs pay for the YAML parser
  const { parse } = await import('yaml');
  const config = parse(await readFile(path, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find((entry) => entry.name === config['current-context'])?.context;
  const cluster = config.clusters?.find((entry) => entry.name === context?.cluster)?.cluster;
  const user = config.users?.find((entry) => entry.name === context?.user)?.user;
  const ca = cluster?.['certificate-authority-data'];
  const cert = user?.['client-certificate-data'];
  const key = user?.['client-key-data'];
  if (!cluster?.server?.startsWith('https://') || ca === undefined || (user?.token === undefined && (cert === undefined || key === undefined))) {
    throw new KubeApiError(
      401,
      `reading the kubeconfig ${path}: its current context needs an https server, certificate-authority-data and an inline token or client certificate`,
    );
  }
  const token = user?.token;
  return {
    server: cluster.server,
    ca: decode(ca),
    ...(cert !== undefined && key !== undefined ? { clientCertificate: { cert: decode(cert), key: decode(key) } } : {}),
    token: () => Promise.resolve(token),
  };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

import { FlotillaError } from '@flotilla/contracts';
import { parse } from 'yaml';
import { z } from 'zod';

const kubeconfigBytesMax = 256 * 1024;

/** What is needed to call one API server: PEM texts, decoded. Exactly one of `token` and `clientCertificate` is there. */
export interface KubeAccess {
  server: string;
  ca: string;
  tlsServerName?: string | undefined;
  token?: string | undefined;
  clientCertificate?: { cert: string; key: string } | undefined;
}

const named = <T extends z.ZodType>(key: string, value: T) => z.array(z.looseObject({ name: z.string(), [key]: value })).default([]);
const loose = z.record(z.string(), z.unknown());
const kubeconfigSchema = z.looseObject({
  'current-context': z.string().default(''),
  clusters: named('cluster', loose),
  contexts: named('context', loose),
  users: named('user', loose),
});

/**
 * Reads a kubeconfig as the hub accepts it: one current context, an https server with an inline CA, and a token or an inline client certificate.
 * Refused, each with its code: programs (`exec`, `auth-provider`) `kubeconfig-exec`; files `kubeconfig-file-path`; `insecure-skip-tls-verify`
 * `kubeconfig-insecure`; proxies, impersonation, passwords and anything unreadable `kubeconfig-invalid`. Messages never repeat its content.
 */
export function vetKubeconfig(text: string): KubeAccess {
  const config = readConfig(text);
  // every entry is checked, used or not: a program or file in any of them has no business on the hub
  for (const user of config.users) refuseUser(entry(user, 'user'), user.name);
  for (const cluster of config.clusters) refuseCluster(entry(cluster, 'cluster'), cluster.name);
  const context = find(config.contexts, config['current-context'], 'context');
  const cluster = find(config.clusters, text0(context['cluster']), 'cluster');
  const user = find(config.users, text0(context['user']), 'user');

  const server = text0(cluster['server']);
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:') throw invalid('names no https:// server');
  const url = new URL(server);
  if (url.username !== '' || url.password !== '') throw invalid('has credentials in the server URL');
  const ca = decode(cluster['certificate-authority-data'], 'certificate-authority-data');
  if (ca === undefined) throw invalid('has no certificate-authority-data; give the CA of the API server inline');
  const tlsServerName = text0(cluster['tls-server-name']);
  const token = text0(user['token']);
  const cert = decode(user['client-certificate-data'], 'client-certificate-data');
  const key = decode(user['client-key-data'], 'client-key-data');
  const common = { server: server.replace(/\/+$/, ''), ca, ...(tlsServerName === '' ? {} : { tlsServerName }) };
  if (token !== '') {
    if (/[^\x21-\x7e]/.test(token)) throw invalid('has a token with characters that a token cannot have');
    return { ...common, token };
  }
  if (cert !== undefined && key !== undefined) return { ...common, clientCertificate: { cert, key } };
  throw invalid('has neither a token nor client-certificate-data with client-key-data; give one of them (kubectl create token …)');
}

function invalid(why: string): FlotillaError {
  const remedy = why.includes('; ') ? '' : '; make one with: kubectl config view --raw --flatten --minify';
  return new FlotillaError('kubeconfig-invalid', `the kubeconfig ${why}${remedy}`);
}

function readConfig(text: string) {
  if (new TextEncoder().encode(text).length > kubeconfigBytesMax) throw invalid(`is over ${kubeconfigBytesMax} bytes`);
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    // the parser's message would quote the text
    throw invalid('is not valid YAML');
  }
  const parsed = kubeconfigSchema.safeParse(value);
  if (!parsed.success) throw invalid(`does not have the shape of one (${parsed.error.issues[0]?.path.join('.') || 'top level'})`);
  return parsed.data;
}

function entry(item: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = item[key];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function find(items: readonly Record<string, unknown>[], name: string, key: 'cluster' | 'context' | 'user'): Record<string, unknown> {
  const item = items.find((candidate) => candidate['name'] === name);
  if (!item) throw invalid(key === 'context' ? 'has no current-context that it defines' : `has no ${key} of the name its current context uses`);
  return entry(item, key);
}

function text0(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function refuseUser(user: Record<string, unknown>, name: unknown): void {
  if ('exec' in user || 'auth-provider' in user) {
    throw new FlotillaError(
      'kubeconfig-exec',
      `the kubeconfig runs a program for user "${String(name)}", which the hub never does; give a token (kubectl create token …) or an inline client certificate`,
    );
  }
  const file = ['client-certificate', 'client-key', 'tokenFile'].find((key) => key in user);
  if (file)
    throw new FlotillaError(
      'kubeconfig-file-path',
      `the kubeconfig points at a file in "${file}"; inline it, for example with: kubectl config view --raw --flatten --minify`,
    );
  if ('username' in user || 'password' in user) throw invalid('has a password; give a token or an inline client certificate');
  if ('as' in user || 'as-groups' in user || 'as-uid' in user || 'as-user-extra' in user)
    throw invalid('impersonates another user; give the credentials of that user');
}

function refuseCluster(cluster: Record<string, unknown>, name: unknown): void {
  if (cluster['insecure-skip-tls-verify'] === true || cluster['insecure-skip-tls-verify'] === 'true') {
    throw new FlotillaError(
      'kubeconfig-insecure',
      `the kubeconfig skips TLS verification for cluster "${String(name)}"; remove insecure-skip-tls-verify and give certificate-authority-data`,
    );
  }
  if ('certificate-authority' in cluster) {
    throw new FlotillaError(
      'kubeconfig-file-path',
      'the kubeconfig points at a file in "certificate-authority"; inline it, for example with: kubectl config view --raw --flatten --minify',
    );
  }
  if ('proxy-url' in cluster) throw invalid('names a proxy; remove proxy-url, the hub calls the API server itself');
}

function decode(value: unknown, key: string): string | undefined {
  if (value === undefined) return undefined;
  let text = '';
  try {
    text = typeof value === 'string' ? atob(value) : '';
  } catch {
    // not base64: refused below
  }
  if (!text.includes('-----BEGIN ')) throw invalid(`has "${key}" that is not base64 of PEM`);
  return text;
}

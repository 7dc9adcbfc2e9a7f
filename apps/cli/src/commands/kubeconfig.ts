import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { present, readFlagFile } from './options.js';

/** flux's flags about the cluster; what is given here stands in place of what the kubeconfig says. */
export interface KubeconfigOptions {
  kubeconfig?: string;
  context?: string;
  server?: string;
  tlsServerName?: string;
  certificateAuthority?: string;
  token?: string;
  clientCertificate?: string;
  clientKey?: string;
}

interface ExecConfig {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
}
interface User {
  token?: string;
  tokenFile?: string;
  exec?: ExecConfig;
  'auth-provider'?: unknown;
  'client-certificate-data'?: string;
  'client-key-data'?: string;
}
interface Kubeconfig {
  clusters?: { name: string; cluster: Record<string, unknown> }[] | null;
  users?: { name: string; user: User }[] | null;
  contexts?: { name: string; context: Record<string, unknown> }[] | null;
  'current-context'?: string;
}

/** What kubectl chooses the cluster by. */
export function kubectlFlags({ kubeconfig, context }: KubeconfigOptions): string[] {
  return [...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]), ...(context === undefined ? [] : ['--context', context])];
}

/**
 * The kubeconfig of one context as the hub takes it: files inlined by kubectl, and credential plugins run here, so that only what they gave (a
 * short-lived token or a client certificate) leaves this machine.
 */
export async function resolveKubeconfig(context: Context, options: KubeconfigOptions): Promise<string> {
  const view = await context.run('kubectl', ['config', 'view', '--minify', '--flatten', '--raw', '-o', 'json', ...kubectlFlags(options)]);
  if (view.code !== 0) throw new CliError(exitCodes.error, `kubectl cannot read the kubeconfig: ${view.stderr.trim()}`);
  const config = JSON.parse(view.stdout) as Kubeconfig;
  const user = config.users?.[0];
  const named = config.clusters?.[0];
  if (!named || !user) throw new CliError(exitCodes.usage, 'the kubeconfig has no current context with a cluster and a user; choose one with --context');
  const cluster = { ...named.cluster, ...(await clusterOf(context, options)) };
  const given = await userOf(context, options);
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': config['current-context'],
    clusters: [{ name: named.name, cluster }],
    contexts: config.contexts,
    users: [{ name: user.name, user: given ?? (await resolveUser(context, user.user, cluster)) }],
  });
}

async function clusterOf(context: Context, options: KubeconfigOptions): Promise<Record<string, unknown>> {
  const ca = await readFlagFile(context, options.certificateAuthority, 'certificate-authority');
  return present({
    server: options.server,
    'tls-server-name': options.tlsServerName,
    'certificate-authority-data': ca === undefined ? undefined : base64(ca),
  });
}

async function userOf(context: Context, options: KubeconfigOptions): Promise<User | undefined> {
  if (options.token !== undefined) return { token: options.token };
  const certificate = await readFlagFile(context, options.clientCertificate, 'client-certificate');
  const key = await readFlagFile(context, options.clientKey, 'client-key');
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) throw new CliError(exitCodes.usage, 'give --client-certificate and --client-key together');
  return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
}

async function resolveUser(context: Context, user: User, cluster: Readonly<Record<string, unknown>>): Promise<User> {
  if (user.exec?.command !== undefined) return runCredentialPlugin(context, user.exec, user.exec.command, cluster);
  if (user['auth-provider'] !== undefined)
    throw new CliError(exitCodes.usage, 'the kubeconfig uses an auth provider, which kubectl no longer has; use a credential plugin or a token');
  if (user.tokenFile !== undefined) return { token: (await context.readFile(user.tokenFile)).trim() };
  return user;
}

/** The protocol of client-go credential plugins (client.authentication.k8s.io ExecCredential). */
async function runCredentialPlugin(context: Context, exec: ExecConfig, command: string, cluster: Readonly<Record<string, unknown>>): Promise<User> {
  const apiVersion = exec.apiVersion ?? 'client.authentication.k8s.io/v1';
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, cluster: { server: cluster['server'], 'certificate-authority-data': cluster['certificate-authority-data'] } },
  };
  const env = { ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  const result = await context.run(command, exec.args ?? [], { env });
  if (result.code !== 0) throw new CliError(exitCodes.error, `the credential plugin ${command} failed: ${result.stderr.trim() || `exit code ${result.code}`}`);
  const status = credentialOf(result.stdout);
  if (status?.token !== undefined) return { token: status.token };
  if (status?.clientCertificateData !== undefined && status.clientKeyData !== undefined)
    return { 'client-certificate-data': base64(status.clientCertificateData), 'client-key-data': base64(status.clientKeyData) };
  throw new CliError(exitCodes.error, `the credential plugin ${command} gave neither a token nor a client certificate`);
}

function credentialOf(text: string): { token?: string; clientCertificateData?: string; clientKeyData?: string } | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && 'status' in parsed && typeof parsed.status === 'object' && parsed.status !== null
      ? parsed.status
      : undefined;
  } catch {
    // whatever it printed may hold a secret: it is not repeated
    return undefined;
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

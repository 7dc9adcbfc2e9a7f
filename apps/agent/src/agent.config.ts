import { access, constants, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const hubUrl = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).protocol === 'https:' || loopback.has(new URL(text).hostname), 'must be https, except on loopback');
/** Every variable the agent reads, with what it is for; `--help` prints it. */
export const agentEnvironment = z.object({
  FLOTILLA_HUB_URL: hubUrl.optional().describe('base URL of the hub, https (http only on loopback); default: hubUrl of the join directory'),
  FLOTILLA_JOIN_TOKEN: z.string().min(1).optional().describe('one-use join token'),
  FLOTILLA_JOIN_TOKEN_FILE: z.string().min(1).optional().describe('file that holds the join token'),
  FLOTILLA_JOIN_DIR: z.string().min(1).optional().describe('mounted join Secret with the files hubUrl, token, ca'),
  FLOTILLA_IDENTITY_DIR: z
    .string()
    .min(1)
    .default('/var/run/flotilla/identity')
    .describe('where the identity Secret is mounted; a writable directory is itself the store'),
  FLOTILLA_AGENT_IDENTITY_DIR: z.string().min(1).optional().describe('for a local process: directory the identity is kept in, made when absent'),
  FLOTILLA_CLUSTER_ID: z.uuid().optional().describe('run only as this cluster'),
  FLOTILLA_KUBECONFIG: z
    .string()
    .min(1)
    .optional()
    .describe('kubeconfig with inline CA and token or client certificate; default: the ServiceAccount of the pod'),
  FLOTILLA_HUB_CA: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file the certificate of the hub is checked with; default: ca of the join directory, then the system roots'),
  FLOTILLA_READ_ONLY: z.enum(['true', 'false', '']).default('false').describe('true: refuse every command that would change an object'),
  KUBERNETES_SERVICE_HOST: z.string().min(1).optional().describe('set by Kubernetes in a pod: where its API is'),
  KUBERNETES_SERVICE_PORT: z.string().min(1).default('443').describe('set by Kubernetes in a pod'),
});

export interface AgentConfig {
  readonly hubUrl: string;
  readonly hubCa: string | undefined;
  readonly joinToken: string | undefined;
  readonly clusterId: string | undefined;
  readonly readOnly: boolean;
  readonly identityDirectory: string;
  /** the identity directory can be written: no Secret is needed */
  readonly identityWritable: boolean;
  readonly kube: { readonly kubeconfig: string } | { readonly server: string };
}

/** A variable that is missing or wrong; the message names it. */
export class AgentConfigError extends Error {
  override readonly name = 'AgentConfigError';
}

/** Reads and checks the agent's configuration. Throws AgentConfigError. */
export async function readAgentConfig(env: Readonly<Record<string, string | undefined>> = process.env): Promise<AgentConfig> {
  const parsed = agentEnvironment.safeParse(env);
  if (!parsed.success) throw new AgentConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const variables = parsed.data;
  const joined = async (name: string): Promise<string | undefined> =>
    variables.FLOTILLA_JOIN_DIR === undefined ? undefined : readOptional(join(variables.FLOTILLA_JOIN_DIR, name));

  const hub = hubUrl.safeParse(variables.FLOTILLA_HUB_URL ?? (await joined('hubUrl')));
  if (!hub.success) throw new AgentConfigError('FLOTILLA_HUB_URL: give the base URL of the hub, or FLOTILLA_JOIN_DIR with a file hubUrl');
  const identityDirectory = variables.FLOTILLA_AGENT_IDENTITY_DIR ?? variables.FLOTILLA_IDENTITY_DIR;
  const kubeconfig = variables.FLOTILLA_KUBECONFIG;
  const host = variables.KUBERNETES_SERVICE_HOST;
  if (kubeconfig === undefined && host === undefined) throw new AgentConfigError('FLOTILLA_KUBECONFIG: outside a pod, give a kubeconfig');
  return {
    hubUrl: hub.data.replace(/\/+$/, ''),
    hubCa: variables.FLOTILLA_HUB_CA === undefined ? await joined('ca') : await readRequired(variables.FLOTILLA_HUB_CA, 'FLOTILLA_HUB_CA'),
    joinToken:
      variables.FLOTILLA_JOIN_TOKEN ??
      (variables.FLOTILLA_JOIN_TOKEN_FILE === undefined
        ? await joined('token')
        : await readRequired(variables.FLOTILLA_JOIN_TOKEN_FILE, 'FLOTILLA_JOIN_TOKEN_FILE')),
    clusterId: variables.FLOTILLA_CLUSTER_ID,
    readOnly: variables.FLOTILLA_READ_ONLY === 'true',
    identityDirectory,
    identityWritable: variables.FLOTILLA_AGENT_IDENTITY_DIR !== undefined || (await isWritable(identityDirectory)),
    kube: kubeconfig !== undefined ? { kubeconfig } : { server: `https://${host?.includes(':') ? `[${host}]` : host}:${variables.KUBERNETES_SERVICE_PORT}` },
  };
}

async function readRequired(path: string, variable: string): Promise<string> {
  const text = await readOptional(path);
  if (text === undefined) throw new AgentConfigError(`${variable}: there is no readable file ${path}`);
  return text;
}

/** Content of a file without surrounding space; undefined when it is absent or empty. */
async function readOptional(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch {
    return undefined;
  }
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

import { FlagError } from './flag-error.js';
import { type Flags, duration, type FluxFlag, list, text } from './flags.js';
import type { JsonObject } from './go-yaml.js';

/** What is asked of every object: its name, namespace and labels. */
export interface Subject {
  readonly name: string;
  readonly namespace: string;
  /** undefined when no --label was given */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** One `create …` command of flux: its flags and how they become objects. */
export interface FluxCreateCommand {
  /** words after `create`, e.g. `source git` */
  readonly path: string;
  readonly alias?: string;
  readonly summary: string;
  /** a Secret is printed and never committed */
  readonly kind?: 'secret';
  readonly flags: readonly FluxFlag[];
  /** flags with which flux makes a Secret in the cluster beside the object; the document is the same with and without them */
  readonly secretFlags?: readonly FluxFlag[];
  readonly examples: readonly string[];
  /** the objects in the order flux prints them; throws FlagError */
  build(subject: Subject, flags: Flags): readonly JsonObject[];
}

export const intervalFlag = duration('interval', 'how often to sync', '1m');
export const labelFlag = list('label', 'labels of the object: label1=value1,label2=value2');
export const fetchTimeoutFlag = duration('fetch-timeout', 'time limit of a fetch by source-controller');
export const ignorePathsFlag = list('ignore-paths', 'paths to leave out of the artifact: path1,path2');
export const secretRefFlag = text('secret-ref', 'name of an existing Secret with the credentials');
export const proxySecretRefFlag = text('proxy-secret-ref', 'name of an existing Secret with proxy address and credentials');

export const usernameFlag = text('username', 'user name of basic authentication', { short: 'u' });
export const passwordFlag = text('password', 'password of basic authentication', { short: 'p' });
/** How a key pair is made. */
export const keyPairFlags: readonly FluxFlag[] = [
  text('ssh-key-algorithm', 'kind of SSH key (default: ecdsa)', { choices: ['rsa', 'ecdsa', 'ed25519'] }),
  text('ssh-ecdsa-curve', 'curve of an ECDSA key (default: p384)', { choices: ['p256', 'p384', 'p521'] }),
  text('ssh-rsa-bits', 'bits of an RSA key: a multiple of 8, 1024 or more (default: 2048)'),
];

const verifyProviders = ['cosign'] as const;
/** Signature verification, the same for OCI artifacts and charts. */
export const verifyFlags: readonly FluxFlag[] = [
  text('verify-provider', 'verifies signatures', { choices: verifyProviders }),
  text('verify-secret-ref', 'name of a Secret with the trusted keys'),
  text('verify-subject', 'regular expression the OIDC subject must match'),
  text('verify-issuer', 'regular expression the OIDC issuer must match'),
];

export function verification(flags: Flags): JsonObject | undefined {
  const provider = flags.text('verify-provider');
  const secretRef = flags.text('verify-secret-ref');
  const issuer = flags.text('verify-issuer');
  const subject = flags.text('verify-subject');
  if (provider === undefined) {
    if (secretRef !== undefined || issuer !== undefined || subject !== undefined)
      throw new FlagError('verify-provider', 'is required with a verification Secret, issuer or subject');
    return undefined;
  }
  return {
    provider,
    secretRef: reference(secretRef),
    matchOIDCIdentity: issuer !== undefined || subject !== undefined ? [{ issuer: issuer ?? '', subject: subject ?? '' }] : undefined,
  };
}

/** `{name}` for a name, nothing for none. */
export function reference(name: string | undefined): JsonObject | undefined {
  return name === undefined ? undefined : { name };
}

export function fluxObject(apiVersion: string, kind: string, subject: Subject, spec: JsonObject): JsonObject {
  return { apiVersion, kind, metadata: { name: subject.name, namespace: subject.namespace, labels: subject.labels }, spec };
}

/** Members that are not empty text or false, as Go's omitempty. */
export function whenTrue(value: boolean): true | undefined {
  return value ? true : undefined;
}

export function joinedLines(paths: readonly string[]): string | undefined {
  return paths.length === 0 ? undefined : paths.join('\n');
}

/** `[kind/]name[.namespace]`; the namespace is what follows the last dot. */
export function parseObjectReference(input: string): { kind: string; name: string; namespace: string | undefined } {
  const parts = input.split('/');
  const [kind, full] = parts.length === 2 ? [parts[0] ?? '', parts[1] ?? ''] : ['', input];
  const dot = full.lastIndexOf('.');
  return dot === -1 ? { kind, name: full, namespace: undefined } : { kind, name: full.slice(0, dot), namespace: full.slice(dot + 1) || undefined };
}

/** The kind as Flux writes it, whatever its case was; a FlagError when it is not one of the kinds. */
export function kindOf(flag: string, kind: string, kinds: readonly string[]): string {
  const found = kinds.find((candidate) => candidate.toLowerCase() === kind.toLowerCase());
  if (found === undefined) throw new FlagError(flag, `kind ${JSON.stringify(kind)} is not supported, must be one of: ${kinds.join(', ')}`);
  return found;
}

/** `name` or `namespace/name`. */
export function dependencies(names: readonly string[]): JsonObject[] | undefined {
  if (names.length === 0) return undefined;
  return names.map((name) => {
    const parts = name.split('/');
    return parts.length === 2 ? { namespace: parts[0] || undefined, name: parts[1] ?? '' } : { name };
  });
}

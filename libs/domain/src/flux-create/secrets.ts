import { type FluxCreateCommand, keyPairFlags, passwordFlag, type Subject, usernameFlag } from './create-command.js';
import { FlagError } from './flag-error.js';
import { type Flags, file, text } from './flags.js';
import type { JsonObject } from './go-yaml.js';

type StringData = Readonly<Record<string, string | undefined>>;

const caFlag = file('ca-crt-file', 'CA, PEM');
const tlsFlags = [caFlag, file('tls-crt-file', 'client certificate, PEM'), file('tls-key-file', 'key of the client certificate, PEM')];

function secret({ name, namespace, labels }: Subject, type: string | undefined, data: StringData): readonly JsonObject[] {
  const stringData = Object.values(data).some((value) => value !== undefined) ? data : undefined;
  return [{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels }, stringData, type }];
}

/** The content of a file, the first where several are named. */
function content(flags: Flags, name: string): string | undefined {
  return flags.list(name)[0];
}

function tlsOf(flags: Flags) {
  const [ca, crt, key] = tlsFlags.map(({ name }) => content(flags, name));
  if ((crt === undefined) !== (key === undefined)) throw new FlagError('tls-crt-file', 'and --tls-key-file must be given together');
  for (const [flag, pem] of [
    ['tls-crt-file', crt],
    ['tls-key-file', key],
  ] as const)
    if (pem !== undefined && !pem.includes('-----BEGIN ')) throw new FlagError(flag, 'does not hold PEM');
  return { ca, crt, key };
}

const git: FluxCreateCommand = {
  path: 'secret git',
  summary: 'a Secret for Git over HTTPS',
  kind: 'secret',
  flags: [text('url', 'address of the repository: https://…'), usernameFlag, passwordFlag, text('bearer-token', 'bearer token'), caFlag],
  secretFlags: [text('private-key-file', 'SSH key, unused over HTTPS'), ...keyPairFlags],
  examples: ['create secret git apps --url=https://git.example.com/org/apps --username=flux --password=word --export'],
  build(subject, flags) {
    const url = flags.required('url');
    if (!/^https?:\/\//.test(url)) throw new FlagError('url', 'must be http(s)://; flux asks the server for its host key and makes Secrets for ssh:// itself');
    const [username, password, bearerToken] = [flags.text('username'), flags.text('password'), flags.text('bearer-token')];
    if (bearerToken !== undefined && (username !== undefined || password !== undefined))
      throw new FlagError('bearer-token', 'cannot be used together with --username and --password');
    if (bearerToken === undefined && (username === undefined || password === undefined))
      throw new FlagError('username', 'and --password, or --bearer-token, are required');
    return secret(subject, undefined, { username, password, bearerToken, 'ca.crt': content(flags, caFlag.name) });
  },
};

const helm: FluxCreateCommand = {
  path: 'secret helm',
  summary: 'a Secret for a Helm repository',
  kind: 'secret',
  flags: [usernameFlag, passwordFlag, ...tlsFlags],
  examples: ['create secret helm charts --username=flux --password=word --export'],
  build(subject, flags) {
    const [username, password] = [flags.text('username'), flags.text('password')];
    if ((username === undefined) !== (password === undefined)) throw new FlagError('username', 'and --password must be given together');
    const { ca, crt, key } = tlsOf(flags);
    const type = crt !== undefined ? 'kubernetes.io/tls' : username !== undefined ? 'kubernetes.io/basic-auth' : ca !== undefined ? 'Opaque' : undefined;
    return secret(subject, type, { username, password, 'ca.crt': ca, 'tls.crt': crt, 'tls.key': key });
  },
};

const tls: FluxCreateCommand = {
  path: 'secret tls',
  summary: 'a Secret with TLS certificates',
  kind: 'secret',
  flags: tlsFlags,
  examples: ['create secret tls certs --ca-crt-file=ca.pem --export'],
  build(subject, flags) {
    const { ca, crt, key } = tlsOf(flags);
    if (ca === undefined && crt === undefined) throw new FlagError('ca-crt-file', 'or --tls-crt-file with --tls-key-file is required');
    return secret(subject, crt === undefined ? 'Opaque' : 'kubernetes.io/tls', { 'ca.crt': ca, 'tls.crt': crt, 'tls.key': key });
  },
};

/** JSON as Go writes it for HTML. */
function goJson(value: JsonObject): string {
  return JSON.stringify(value, null, 2).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function base64(value: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(value)));
}

const oci: FluxCreateCommand = {
  path: 'secret oci',
  summary: 'an image pull Secret',
  kind: 'secret',
  flags: [text('url', 'registry address: ghcr.io/org/charts'), usernameFlag, passwordFlag],
  examples: ['create secret oci ghcr --url=ghcr.io --username=flux --password=word --export'],
  build(subject, flags) {
    const [url, username, password] = [flags.required('url'), flags.required('username'), flags.required('password')];
    const config = goJson({ auths: { [url]: { username, password, auth: base64(`${username}:${password}`) } } });
    return secret(subject, 'kubernetes.io/dockerconfigjson', { '.dockerconfigjson': config });
  },
};

const proxy: FluxCreateCommand = {
  path: 'secret proxy',
  summary: 'a Secret for a proxy',
  kind: 'secret',
  flags: [text('address', 'address of the proxy'), usernameFlag, passwordFlag],
  examples: ['create secret proxy proxy --address=https://proxy.example.com --username=flux --password=word --export'],
  build(subject, flags) {
    return secret(subject, 'Opaque', { address: flags.required('address'), username: flags.text('username'), password: flags.text('password') });
  },
};

const githubapp: FluxCreateCommand = {
  path: 'secret githubapp',
  summary: 'a Secret of a GitHub App',
  kind: 'secret',
  flags: [
    text('app-id', 'id of the App'),
    text('app-installation-id', 'id of the installation'),
    text('app-installation-owner', 'user or organisation of the installation'),
    file('app-private-key', 'private key of the App, PEM'),
    text('app-base-url', 'API of GitHub Enterprise'),
  ],
  examples: ['create secret githubapp app --app-id=1 --app-installation-id=2 --app-private-key=app.pem --export'],
  build(subject, flags) {
    const [id, owner] = [flags.text('app-installation-id'), flags.text('app-installation-owner')];
    if ((id === undefined) === (owner === undefined)) throw new FlagError('app-installation-id', 'or --app-installation-owner is required, one of the two');
    const key = content(flags, 'app-private-key');
    if (key === undefined) throw new FlagError('app-private-key', 'is required');
    return secret(subject, 'Opaque', {
      githubAppID: flags.required('app-id'),
      githubAppInstallationID: id,
      githubAppInstallationOwner: owner,
      githubAppPrivateKey: key,
      githubAppBaseURL: flags.text('app-base-url'),
    });
  },
};

export const secretCommands: readonly FluxCreateCommand[] = [git, helm, oci, tls, proxy, githubapp];

import {
  fetchTimeoutFlag,
  fluxObject,
  type FluxCreateCommand,
  ignorePathsFlag,
  intervalFlag,
  joinedLines,
  keyPairFlags,
  kindOf,
  parseObjectReference,
  passwordFlag,
  proxySecretRefFlag,
  reference,
  secretRefFlag,
  usernameFlag,
  verification,
  verifyFlags,
  whenTrue,
} from './create-command.js';
import { FlagError } from './flag-error.js';
import { type Flags, text, toggle } from './flags.js';
import type { JsonObject } from './go-yaml.js';

const apiVersion = 'source.toolkit.fluxcd.io/v1';
const gitProviders = ['generic', 'github', 'aws', 'azure'] as const;
const cloudProviders = ['generic', 'aws', 'azure', 'gcp'] as const;
const chartSourceKinds = ['HelmRepository', 'GitRepository', 'Bucket'] as const;

function checkedUrl(flags: Flags, schemes: readonly string[]): URL {
  const value = flags.required('url');
  if (!URL.canParse(value)) throw new FlagError('url', `${JSON.stringify(value)} is not a URL`);
  const url = new URL(value);
  if (!schemes.includes(url.protocol.slice(0, -1)))
    throw new FlagError('url', `scheme ${JSON.stringify(url.protocol.slice(0, -1))} is not supported, can be: ${schemes.join(', ')}`);
  return url;
}

/** flux takes the first of these that is given; a commit may name its branch. */
function gitReference(flags: Flags): JsonObject {
  const commit = flags.text('commit');
  const branch = flags.text('branch');
  if (commit !== undefined) return { commit, branch };
  const name = flags.text('ref-name');
  if (name !== undefined) return { name };
  const semver = flags.text('tag-semver');
  if (semver !== undefined) return { semver };
  const tag = flags.text('tag');
  if (tag !== undefined) return { tag };
  if (branch === undefined) throw new FlagError('branch', 'a Git reference is required: --branch, --tag, --commit, --ref-name or --tag-semver');
  return { branch };
}

function checkRsaBits(flags: Flags): void {
  const bits = flags.text('ssh-rsa-bits');
  if (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) >= 1024 && Number(bits) % 8 === 0))
    throw new FlagError('ssh-rsa-bits', `${JSON.stringify(bits)} must be a multiple of 8 and at least 1024`);
}

const git: FluxCreateCommand = {
  path: 'source git',
  summary: 'a GitRepository',
  flags: [
    text('url', 'address of the repository: https://…, http://… or ssh://git@host/org/repository'),
    text('branch', 'branch'),
    text('tag', 'tag'),
    text('tag-semver', 'semver range of tags'),
    text('ref-name', 'full reference name'),
    text('commit', 'commit'),
    secretRefFlag,
    proxySecretRefFlag,
    text('provider', 'Git provider', { choices: gitProviders }),
    toggle('recurse-submodules', 'include submodules in the artifact'),
    ignorePathsFlag,
    { name: 'sparse-checkout-paths', kind: 'list', description: 'directories to check out: path1,path2' },
    intervalFlag,
    fetchTimeoutFlag,
  ],
  secretFlags: [
    usernameFlag,
    passwordFlag,
    text('ca-file', 'CA of the Git server, PEM'),
    text('private-key-file', 'SSH key without passphrase'),
    ...keyPairFlags,
    toggle('silent', 'the deploy key is set up already: nothing is asked', { short: 's' }),
  ],
  examples: [
    'create source git podinfo --url=https://github.com/stefanprodan/podinfo --branch=master --export',
    'create source git apps --url=ssh://git@github.com/org/apps --tag-semver=">=1.0.0 <2.0.0" --secret-ref=apps --cluster prod-eu-1',
  ],
  build(subject, flags) {
    const url = checkedUrl(flags, ['ssh', 'http', 'https']);
    if (url.protocol === 'ssh:' && flags.text('ca-file') !== undefined) throw new FlagError('ca-file', 'is not supported for Git over SSH');
    checkRsaBits(flags);
    const sparse = flags.list('sparse-checkout-paths');
    return [
      fluxObject(apiVersion, 'GitRepository', subject, {
        url: flags.required('url'),
        interval: flags.interval(),
        ref: gitReference(flags),
        timeout: flags.duration('fetch-timeout'),
        secretRef: reference(flags.text('secret-ref')),
        proxySecretRef: reference(flags.text('proxy-secret-ref')),
        provider: flags.text('provider'),
        recurseSubmodules: whenTrue(flags.isSet('recurse-submodules')),
        ignore: joinedLines(flags.list('ignore-paths')),
        sparseCheckout: sparse.length > 0 ? sparse : undefined,
      }),
    ];
  },
};

function layerSelector(value: string | undefined): JsonObject | undefined {
  if (value === undefined) return undefined;
  const colon = value.indexOf(':');
  const [mediaType, operation] = [value.slice(0, colon), value.slice(colon + 1)];
  if (colon < 1 || (operation !== 'extract' && operation !== 'copy'))
    throw new FlagError('layer-selector', `${JSON.stringify(value)} must be <media-type>:extract or <media-type>:copy`);
  return { mediaType, operation };
}

const oci: FluxCreateCommand = {
  path: 'source oci',
  summary: 'an OCIRepository',
  flags: [
    text('url', 'address of the artifact: oci://…'),
    text('tag', 'tag'),
    text('tag-semver', 'semver range of tags'),
    text('digest', 'digest'),
    text('provider', 'registry provider', { fallback: 'generic', choices: cloudProviders }),
    secretRefFlag,
    proxySecretRefFlag,
    text('service-account', 'name of a ServiceAccount with an image pull Secret'),
    text('cert-ref', 'name of a Secret with TLS certificates'),
    ...verifyFlags,
    ignorePathsFlag,
    toggle('insecure', 'plain HTTP'),
    text('layer-selector', 'layer to use: <media-type>:<operation>'),
    intervalFlag,
    fetchTimeoutFlag,
  ],
  examples: ['create source oci podinfo --url=oci://ghcr.io/stefanprodan/manifests/podinfo --tag=6.6.2 --interval=10m --export'],
  build(subject, flags) {
    const [tag, semver, digest] = [flags.text('tag'), flags.text('tag-semver'), flags.text('digest')];
    const url = flags.required('url');
    if (tag === undefined && semver === undefined && digest === undefined) throw new FlagError('tag', '--tag, --tag-semver or --digest is required');
    return [
      fluxObject(apiVersion, 'OCIRepository', subject, {
        url,
        interval: flags.interval(),
        ref: { tag, semver, digest },
        provider: flags.text('provider'),
        insecure: whenTrue(flags.isSet('insecure')),
        timeout: flags.duration('fetch-timeout'),
        ignore: joinedLines(flags.list('ignore-paths')),
        serviceAccountName: flags.text('service-account'),
        secretRef: reference(flags.text('secret-ref')),
        proxySecretRef: reference(flags.text('proxy-secret-ref')),
        certSecretRef: reference(flags.text('cert-ref')),
        verify: verification(flags),
        layerSelector: layerSelector(flags.text('layer-selector')),
      }),
    ];
  },
};

const bucket: FluxCreateCommand = {
  path: 'source bucket',
  summary: 'a Bucket',
  flags: [
    text('bucket-name', 'name of the bucket'),
    text('endpoint', 'address of the object store'),
    text('provider', 'object store provider', { fallback: 'generic', choices: cloudProviders }),
    text('region', 'region'),
    toggle('insecure', 'plain HTTP'),
    secretRefFlag,
    proxySecretRefFlag,
    ignorePathsFlag,
    intervalFlag,
    fetchTimeoutFlag,
  ],
  secretFlags: [text('access-key', 'access key of the bucket'), text('secret-key', 'secret key of the bucket')],
  examples: ['create source bucket podinfo --bucket-name=podinfo --endpoint=minio.example.com:9000 --secret-ref=minio --interval=10m --export'],
  build(subject, flags) {
    return [
      fluxObject(apiVersion, 'Bucket', subject, {
        bucketName: flags.required('bucket-name'),
        endpoint: flags.required('endpoint'),
        provider: flags.text('provider'),
        region: flags.text('region'),
        insecure: whenTrue(flags.isSet('insecure')),
        interval: flags.interval(),
        timeout: flags.duration('fetch-timeout'),
        secretRef: reference(flags.text('secret-ref')),
        proxySecretRef: reference(flags.text('proxy-secret-ref')),
        ignore: joinedLines(flags.list('ignore-paths')),
      }),
    ];
  },
};

const helm: FluxCreateCommand = {
  path: 'source helm',
  summary: 'a HelmRepository',
  flags: [
    text('url', 'address of the repository: https://…, http://… or oci://…'),
    secretRefFlag,
    text('oci-provider', 'registry provider'),
    toggle('pass-credentials', 'send the credentials to every host'),
    intervalFlag,
    fetchTimeoutFlag,
  ],
  secretFlags: [
    usernameFlag,
    passwordFlag,
    text('ca-file', 'CA of the repository, PEM'),
    text('cert-file', 'client certificate, PEM'),
    text('key-file', 'key of the client certificate, PEM'),
  ],
  examples: ['create source helm podinfo --url=https://stefanprodan.github.io/podinfo --interval=10m --export'],
  build(subject, flags) {
    const isOci = checkedUrl(flags, ['http', 'https', 'oci']).protocol === 'oci:';
    const secretRef = flags.text('secret-ref');
    return [
      fluxObject(apiVersion, 'HelmRepository', subject, {
        url: flags.required('url'),
        interval: flags.interval(),
        type: isOci ? 'oci' : undefined,
        provider: isOci ? flags.text('oci-provider') : undefined,
        timeout: flags.duration('fetch-timeout'),
        secretRef: reference(secretRef),
        passCredentials: secretRef === undefined ? undefined : whenTrue(flags.isSet('pass-credentials')),
      }),
    ];
  },
};

const chart: FluxCreateCommand = {
  path: 'source chart',
  summary: 'a HelmChart',
  flags: [
    text('source', `source of the chart: <kind>/<name>, kind one of ${chartSourceKinds.join(', ')}`),
    text('chart', 'name of the chart, or its path'),
    text('chart-version', 'version or semver range'),
    text('reconcile-strategy', 'what makes a new artifact', { fallback: 'ChartVersion', choices: ['ChartVersion', 'Revision'] }),
    ...verifyFlags,
    intervalFlag,
    fetchTimeoutFlag,
  ],
  examples: ['create source chart podinfo --source=HelmRepository/podinfo --chart=podinfo --chart-version=6.x --export'],
  build(subject, flags) {
    const source = parseObjectReference(flags.required('source'));
    if (source.kind === '' || source.name === '') throw new FlagError('source', 'must be <kind>/<name>');
    return [
      fluxObject(apiVersion, 'HelmChart', subject, {
        chart: flags.required('chart'),
        version: flags.text('chart-version'),
        interval: flags.interval(),
        reconcileStrategy: flags.text('reconcile-strategy'),
        sourceRef: { kind: kindOf('source', source.kind, chartSourceKinds), name: source.name },
        verify: verification(flags),
      }),
    ];
  },
};

export const sourceCommands: readonly FluxCreateCommand[] = [git, oci, bucket, helm, chart];

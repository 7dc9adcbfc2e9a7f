import type { BootstrapProvider } from './bootstrap-flags.js';
import type { RefusedFlag } from './refused-flags.js';

const ownNamespace = 'flux-system';

/** Flags that alter the components: they go into a distribution. */
function component(name: string, value?: string): RefusedFlag {
  return {
    name,
    ...(value === undefined ? { negated: true } : { value }),
    why: 'it would alter the components, which are installed as the distribution has them',
    instead: `make a distribution with it (flux install --export --${name}=${value === undefined ? 'false' : '…'} > flux.yaml) and import that: flotilla distribution import flux.yaml`,
  };
}

function signing(name: string, value?: string): RefusedFlag {
  return {
    name,
    ...(value === undefined ? {} : { value }),
    why: 'the hub does not sign its commits',
    instead: 'leave it out; where the branch takes signed commits only, bootstrap with flux and then use: flotilla join CLUSTER',
  };
}

function syncPatch(name: string, value?: string): RefusedFlag {
  return {
    name,
    ...(value === undefined ? {} : { value }),
    why: "the hub writes the cluster's GitRepository without it",
    instead: 'leave it out and add a patch of the GitRepository to flux-system/kustomization.yaml below the path, which is kept',
  };
}

function impersonation(name: string, value: string): RefusedFlag {
  return {
    name,
    value,
    why: 'the hub calls the cluster as the user of the kubeconfig and impersonates nobody',
    instead: 'give the credentials of that user with --token, or a kubeconfig that has them',
  };
}

function clientSetting(name: string, value?: string): RefusedFlag {
  return {
    name,
    ...(value === undefined ? {} : { value }),
    why: "it sets up flux's own Kubernetes client, and here the hub calls the cluster",
    instead: 'leave it out',
  };
}

const everywhere: readonly RefusedFlag[] = [
  component('components', 'list'),
  component('components-extra', 'list'),
  component('registry', 'registry'),
  component('toleration-keys', 'list'),
  component('cluster-domain', 'domain'),
  component('log-level', 'level'),
  component('image-pull-secret', 'name'),
  component('network-policy'),
  component('watch-all-namespaces'),
  {
    name: 'registry-creds',
    value: 'user:password',
    why: 'the hub makes no image pull Secret',
    instead: 'make it in flux-system with kubectl create secret docker-registry, and name it in a distribution: flux install --export --image-pull-secret=…',
  },
  {
    name: 'namespace',
    short: 'n',
    value: 'namespace',
    unless: ownNamespace,
    why: `the hub installs Flux in the namespace ${ownNamespace}`,
    instead: `leave it out; a Flux in another namespace stays with flux`,
  },
  {
    name: 'ns-follows-kube-context',
    why: `the hub installs Flux in the namespace ${ownNamespace}, whatever the context says`,
    instead: 'leave it out',
  },
  {
    name: 'secret-name',
    value: 'name',
    unless: ownNamespace,
    why: `the hub keeps the sync credentials in the Secret ${ownNamespace}`,
    instead: 'leave it out',
  },
  {
    name: 'force',
    why: 'a Flux that another tool manages is left alone',
    instead: 'take it out of that tool first, or leave it there and watch the cluster with: flotilla join CLUSTER',
  },
  signing('gpg-key-id', 'id'),
  signing('gpg-key-ring', 'file'),
  signing('gpg-passphrase', 'passphrase'),
  signing('ssh-signing-key-file', 'file'),
  signing('ssh-signing-password', 'passphrase'),
  signing('ssh-signing-reuse-private-key'),
  syncPatch('recurse-submodules'),
  syncPatch('sparse-checkout', 'list'),
  {
    name: 'ssh-ecdsa-curve',
    value: 'curve',
    unless: 'p384',
    why: 'the hub makes ECDSA keys on the curve p384',
    instead: 'leave it out, or choose another kind of key with --ssh-key-algorithm=ed25519',
  },
  {
    name: 'ssh-rsa-bits',
    value: 'bits',
    unless: '2048',
    why: 'the hub makes RSA keys of 2048 bits',
    instead: 'leave it out, or choose another kind of key with --ssh-key-algorithm=ed25519',
  },
  {
    name: 'ssh-hostkey-algos',
    value: 'list',
    why: 'the hub agrees with the server on the kind of host key',
    instead: 'leave it out; bootstrap git pins host keys with --known-hosts-file',
  },
  impersonation('as', 'user'),
  impersonation('as-group', 'group'),
  impersonation('as-uid', 'uid'),
  impersonation('as-user-extra', 'key=value'),
  {
    name: 'user',
    value: 'name',
    why: 'the user of the kubeconfig is that of its context',
    instead: 'choose a context with --context, or give credentials with --token or with --client-certificate and --client-key',
  },
  {
    name: 'insecure-skip-tls-verify',
    why: 'the hub always verifies the certificate of the API server',
    instead: 'give its CA with --certificate-authority',
  },
  clientSetting('kube-api-qps', 'number'),
  clientSetting('kube-api-burst', 'number'),
  clientSetting('cache-dir', 'directory'),
  clientSetting('disable-compression'),
];

const forges: readonly RefusedFlag[] = [
  {
    name: 'team',
    value: 'list',
    why: 'the hub gives no team access to the repository',
    instead: 'give it at the forge',
  },
  {
    name: 'reconcile',
    why: 'the settings of a repository that exists are left as they are',
    instead: 'change them at the forge',
  },
  {
    name: 'private-key-file',
    value: 'file',
    why: 'the hub makes a deploy key of its own for each cluster',
    instead: 'leave it out, or bring your key with: flotilla bootstrap git --url=ssh://… --private-key-file=…',
  },
];

const plainGit: readonly RefusedFlag[] = [
  {
    name: 'with-bearer-token',
    why: 'the hub sends the token as the password of basic authentication',
    instead: 'leave it out and give a token the server takes as a password, with --username where it asks for one',
  },
];

/** Every flag of `flux bootstrap <provider>` that is not taken, with the reason; `test/rig/flux-flags.real.ts` holds it against the real flux. */
export function refusedBootstrapFlags(provider: BootstrapProvider): readonly RefusedFlag[] {
  return [...everywhere, ...(provider === 'git' ? plainGit : forges)];
}

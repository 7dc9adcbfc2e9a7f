import { createHash } from 'node:crypto';

/** One program of the rig, built from a public Go module. */
export interface GoProgram {
  readonly name: string;
  readonly main: string;
  readonly module: string;
  readonly version: string;
  /** Build tags; a program with `cgo` needs a C compiler. */
  readonly tags?: readonly string[];
  readonly cgo?: boolean;
  /** Extra `-X` link-time values. */
  readonly stamps?: Readonly<Record<string, string>>;
  /** Upstream's `./staging/src/X` replaces become `X => X` at this version. */
  readonly stagingVersion?: string;
}

const KUBERNETES_VERSION = 'v1.36.3';
export const FLUX_VERSION = 'v2.9.4';
export const FLUX_MODULE = 'github.com/fluxcd/flux2/v2';
export const KWOK = { module: 'sigs.k8s.io/kwok', version: 'v0.8.0' } as const;
const GITEA_NAME = 'gitea';
export const GITEA = { module: 'code.gitea.io/gitea', version: 'v1.26.0' } as const;

// An unstamped server calls itself v0.0.0, and flux refuses it.
const kubernetesStamps = {
  'k8s.io/component-base/version.gitVersion': KUBERNETES_VERSION,
  'k8s.io/component-base/version.gitMajor': '1',
  'k8s.io/component-base/version.gitMinor': '36',
};

const kubernetesProgram = (name: string): GoProgram => ({
  name,
  main: `k8s.io/kubernetes/cmd/${name}`,
  module: 'k8s.io/kubernetes',
  version: KUBERNETES_VERSION,
  stamps: kubernetesStamps,
  stagingVersion: KUBERNETES_VERSION.replace('v1.', 'v0.'),
});

const fluxController = (name: string, version: string): GoProgram => ({
  name,
  main: `github.com/fluxcd/${name}`,
  module: `github.com/fluxcd/${name}`,
  version,
});

/**
 * Every Go program of the rig but the flux CLI (see build-flux-cli.ts).
 * source-controller 1.9.4 and helm-controller 1.6.3 need modules that the public proxy does not serve; their nearest
 * neighbours that build stand in.
 */
export const GO_PROGRAMS: readonly GoProgram[] = [
  kubernetesProgram('kube-apiserver'),
  kubernetesProgram('kube-controller-manager'),
  kubernetesProgram('kube-scheduler'),
  kubernetesProgram('kubectl'),
  { name: 'etcd', main: 'go.etcd.io/etcd/server/v3', module: 'go.etcd.io/etcd/server/v3', version: 'v3.6.5' },
  { name: 'kwok', main: 'sigs.k8s.io/kwok/cmd/kwok', ...KWOK },
  fluxController('source-controller', 'v1.9.1'),
  fluxController('kustomize-controller', 'v1.9.4'),
  fluxController('helm-controller', 'v1.6.2'),
  fluxController('notification-controller', 'v1.9.3'),
  { name: GITEA_NAME, main: GITEA.module, ...GITEA, tags: ['sqlite', 'sqlite_unlock_notify'], cgo: true },
  { name: 'helm', main: 'helm.sh/helm/v4/cmd/helm', module: 'helm.sh/helm/v4', version: 'v4.3.1' },
];

/** Names of all programs in the order they are built: the flux CLI as soon as there is a kubectl and before what fewer tests need. */
export const PROGRAM_NAMES: readonly string[] = GO_PROGRAMS.flatMap(({ name }) => (name === GITEA_NAME ? ['flux', name] : [name]));

/** Folder name of one set of versions: `<platform>-<kubernetes>-flux-<version>-<digest of the table>`. */
export function versionsKey(): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([FLUX_VERSION, GO_PROGRAMS]))
    .digest('hex')
    .slice(0, 10);
  return `${process.platform}-${process.arch}-k8s-${KUBERNETES_VERSION}-flux-${FLUX_VERSION}-${digest}`;
}

import { FlotillaError } from '@flotilla/contracts';
import { fluxNamespace, isKubernetesSupported, kubernetesMinorMin, parseFleetPath, pathPrefixes, relatePaths } from '@flotilla/domain';
import type { GitProvider } from '@flotilla/git';
import type { KubeClient } from '@flotilla/kube';
import type { OpenFleetRepo } from '../../fleet-repos/index.js';
import type { Step } from '../../operations/index.js';
import type { BootstrapContext } from '../bootstrap-context.js';

const managedByLabel = 'app.kubernetes.io/managed-by';
export const gitRepositoryCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  name: 'gitrepositories.source.toolkit.fluxcd.io',
} as const;
export const rootKustomization = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: fluxNamespace,
  name: fluxNamespace,
} as const;
export const rootSource = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace: fluxNamespace, name: fluxNamespace } as const;

/** Reads cluster and repository and refuses what could not end well; writes nothing. */
export const preflight: Step<BootstrapContext> = {
  name: 'preflight',
  writes: false,
  waitSeconds: 0,
  async run({ input, repo, git, kube }) {
    const kubernetesVersion = await kube.version();
    if (!isKubernetesSupported(kubernetesVersion))
      throw new FlotillaError('kubernetes-too-old', `the cluster runs Kubernetes ${kubernetesVersion}; Flux needs 1.${kubernetesMinorMin} or later`);
    if (!(await kube.isClusterAdmin()))
      throw new FlotillaError('kube-forbidden', 'the kubeconfig may not do everything in the cluster; a bootstrap needs cluster-admin', { retryable: false });
    await refuseForeignFlux(kube, input.path);
    const head = await headOf(git, repo);
    if (head !== null) await refuseSymlinks(git, head, input.path);
    const namespace = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
    return {
      state: 'succeeded',
      detail: `Kubernetes ${kubernetesVersion}, cluster-admin, ${repo.branch} of ${repo.name} is readable`,
      facts: { kubernetesVersion, clusterUid: namespace?.metadata.uid ?? null },
    };
  },
};

/** A repository that a forge does not have yet is made by the next step. */
async function headOf(git: GitProvider, repo: OpenFleetRepo): Promise<string | null> {
  try {
    return await git.head(repo.branch);
  } catch (error) {
    if (error instanceof FlotillaError && error.code === 'git-not-found' && repo.provider !== 'git') return null;
    throw error;
  }
}

/** A Flux that another tool manages, or that follows another path, is left alone. */
export async function refuseForeignFlux(kube: KubeClient, path: string): Promise<void> {
  const definition = await kube.get(gitRepositoryCrd);
  const manager = definition?.metadata.labels?.[managedByLabel];
  if (manager !== undefined && manager !== '' && manager !== 'flux')
    throw new FlotillaError('conflict', `Flux in this cluster is managed by "${manager}"; let it be managed there, or remove it first`);
  const root = await kube.get(rootKustomization);
  const present = (root?.spec as { path?: string } | undefined)?.path;
  if (present === undefined) return;
  const normal = present.replace(/^(\.?\/)+|\/+$/g, '');
  if (normal !== path)
    throw new FlotillaError(
      'conflict',
      `Flux in this cluster follows the path "${present}", which "${path}" would overwrite; give the cluster that path, or uninstall Flux first`,
    );
}

/** A link on the way would make two paths one. */
async function refuseSymlinks(git: GitProvider, commit: string, path: string): Promise<void> {
  for (const prefix of pathPrefixes(path)) {
    const slash = prefix.lastIndexOf('/');
    const [parent, name] = [slash < 0 ? '' : prefix.slice(0, slash), prefix.slice(slash + 1)];
    const entries = await git.listDirectory(commit, parent);
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry && entry.type !== 'directory') throw new FlotillaError('path-invalid', `"${prefix}" is a ${entry.type} in the repository, not a directory`);
    const twin = entries.find((candidate) => candidate.name !== name && relatePaths(candidate.name, name) === 'same');
    if (twin) throw new FlotillaError('path-overlaps', `the repository has "${twin.name}" beside "${name}": two spellings of one name on some file systems`);
    if (!entry) return;
  }
  parseFleetPath(path);
}

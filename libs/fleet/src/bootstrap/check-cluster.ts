import type { ClusterCheckResponse } from '@flotilla/contracts';
import { fluxNamespace, isKubernetesSupported, judgeDeployment, kubernetesMinorMin } from '@flotilla/domain';
import type { KubeClient } from '@flotilla/kube';
import { gitRepositoryCrd } from './steps/preflight.js';

type Check = ClusterCheckResponse['checks'][number];
const partOfFlux = 'app.kubernetes.io/part-of=flux';

/** What `flux check` looks at: Kubernetes' version; without `pre` also the installed version, each controller, and the stored versions of the definitions. */
export async function checkCluster(kube: KubeClient, options: { pre: boolean }): Promise<ClusterCheckResponse> {
  const checks: Check[] = [];
  const version = await kube.version();
  const supported = isKubernetesSupported(version);
  checks.push({
    name: 'kubernetes',
    ok: supported,
    message: `Kubernetes ${version}${supported ? '' : ` is older than 1.${kubernetesMinorMin}`}`,
    remedy: supported ? null : `upgrade Kubernetes to 1.${kubernetesMinorMin} or later`,
  });
  if (!options.pre) checks.push(...(await checkFlux(kube)));
  return { ok: checks.every((check) => check.ok), checks };
}

async function checkFlux(kube: KubeClient): Promise<Check[]> {
  const definition = await kube.get(gitRepositoryCrd);
  if (!definition) return [{ name: 'flux', ok: false, message: 'Flux is not installed', remedy: 'bootstrap the cluster: flotilla bootstrap' }];
  const version = definition.metadata.labels?.['app.kubernetes.io/version'] ?? 'of an unknown version';
  const checks: Check[] = [{ name: 'flux', ok: true, message: `Flux ${version} is installed`, remedy: null }];
  const deployments = await kube.list('apps/v1', 'Deployment', { namespace: fluxNamespace, labelSelector: partOfFlux });
  if (deployments.length === 0)
    checks.push({
      name: 'controllers',
      ok: false,
      message: `no controllers run in namespace ${fluxNamespace}`,
      remedy: 'bootstrap the cluster: flotilla bootstrap',
    });
  for (const deployment of deployments) {
    const judged = judgeDeployment(deployment);
    const ok = judged.state === 'ready';
    checks.push({
      name: deployment.metadata.name,
      ok,
      message: judged.detail,
      remedy: ok ? null : `look into it: kubectl -n ${fluxNamespace} describe deployment ${deployment.metadata.name}`,
    });
  }
  for (const crd of await kube.list('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { labelSelector: partOfFlux })) {
    const stored = ((crd.status ?? {}) as { storedVersions?: string[] }).storedVersions ?? [];
    checks.push({
      name: crd.metadata.name,
      ok: stored.length > 0,
      message: `stored as ${stored.at(-1) ?? 'nothing'}`,
      remedy: stored.length > 0 ? null : 'apply the components again',
    });
  }
  return checks;
}

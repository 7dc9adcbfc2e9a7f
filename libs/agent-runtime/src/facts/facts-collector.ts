import type { AgentFacts } from '@flotilla/contracts/agent';
import { coreKinds, type KubeApi } from '../kube/kube-api.js';

const deploymentsMax = 50;
const fluxNamespace = 'flux-system';

/** What the agent tells about itself and its cluster, apart from objects. */
export class FactsCollector {
  private known: AgentFacts | undefined;

  constructor(
    private readonly api: KubeApi,
    private readonly self: { readonly agentVersion: string; readonly readOnly: boolean },
  ) {}

  /** Asks the cluster anew. Throws when it does not answer; what was known stays known. */
  async refresh(): Promise<void> {
    const [kubernetesVersion, kubeSystem, fluxVersion] = await Promise.all([
      this.api.version(),
      this.api.get(coreKinds.namespaces, undefined, 'kube-system'),
      this.fluxVersion(),
    ]);
    this.known = {
      agentVersion: this.self.agentVersion,
      kubernetesVersion,
      ...(fluxVersion === undefined ? {} : { fluxVersion }),
      clusterUid: kubeSystem.metadata.uid ?? '',
      ...(this.api.caFingerprint === undefined ? {} : { apiCaFingerprint: this.api.caFingerprint }),
      readOnly: this.self.readOnly,
    };
  }

  /** The facts as last asked, with the agent's memory now. Only after a first refresh. */
  facts(): AgentFacts {
    if (!this.known) throw new Error('the facts were not collected yet');
    return { ...this.known, rssMiB: Math.round(process.memoryUsage.rss() / 1024 / 1024) };
  }

  /** Version of Flux as its Deployments are labelled; undefined without Flux, or where they cannot be read. */
  private async fluxVersion(): Promise<string | undefined> {
    try {
      const { items } = await this.api.list(coreKinds.deployments, {
        limit: deploymentsMax,
        namespace: fluxNamespace,
        labelSelector: 'app.kubernetes.io/part-of=flux',
      });
      return items.map((item) => item.metadata.labels?.['app.kubernetes.io/version']).find((version) => version !== undefined);
    } catch {
      // enriches only: an agent without this right works
      return undefined;
    }
  }
}

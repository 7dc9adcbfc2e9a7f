import { HttpsKubeApi, kubeconfigCredentials } from '@flotilla/agent-runtime';
import { agentContract } from '../contract/agent-contract.js';
import { startCluster } from './cluster.js';
import { exportDistribution } from './flux.js';

// the CRDs of the genuine distribution, without its controllers: the contract is with the API
agentContract('real API server', async () => {
  const cluster = await startCluster({ name: 'agent-contract' });
  const { manifests } = await exportDistribution();
  const definitions = manifests.split(/^---$/m).filter((document) => /^kind: CustomResourceDefinition$/m.test(document));
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], definitions.join('\n---\n'));
  await cluster.kubectl(['wait', '--for=condition=Established', '--timeout=60s', 'crd', '--all']);
  await cluster.kubectl(['create', 'namespace', 'contract']);
  return {
    api: new HttpsKubeApi(await kubeconfigCredentials(cluster.kubeconfigFile)),
    declare: async (object) => {
      await cluster.kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=kustomize-controller', '-f', '-'], JSON.stringify(object));
    },
    remove: async ({ metadata }) => {
      await cluster.kubectl(['delete', 'gitrepositories', metadata.name, '--namespace', metadata.namespace ?? '']);
    },
    close: () => cluster.stop(),
  };
});

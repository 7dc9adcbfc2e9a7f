import { VirtualKubeApi, virtualKinds } from '@flotilla/simulator';
import { agentContract } from '../contract/agent-contract.js';

agentContract('virtual API', () => {
  const api = new VirtualKubeApi({ kinds: Object.values(virtualKinds), version: 'v1.36.3', now: () => new Date() });
  return Promise.resolve({
    api,
    declare: async (object) => {
      await api.apply(virtualKinds.GitRepository, object, { fieldManager: 'kustomize-controller', force: true });
    },
    remove: async (object) => api.delete(virtualKinds.GitRepository, object.metadata.namespace, object.metadata.name),
    close: () => Promise.resolve(),
  });
});

import { agentNames, agentNamespace, joinSecret, type JoinedAgent, type JoinSecretContent, needsJoinSecret, reportedSince } from '@flotilla/domain';
import type { KubeClient } from '@flotilla/kube';
import type { Step } from '../../operations/index.js';
import type { BootstrapContext } from '../bootstrap-context.js';

/** Field manager of what the hub itself applies. */
const hubFieldManager = 'flotilla';

/** What the bootstrap needs of enrolment. */
export interface JoinPort {
  /** the accepted agent of the cluster and its newest report; null when there is none */
  joined(clusterId: string): Promise<JoinedAgent | null>;
  /** whether a token can still be spent for this cluster */
  isTokenUsable(clusterId: string, token: string): Promise<boolean>;
  /** a fresh one-use token with what goes into the join Secret */
  issue(clusterId: string, issuer: string): Promise<JoinSecretContent>;
}

/**
 * Applies the join Secret directly: it alone never goes through Git. Left out when this very cluster's agent has joined and holds its key: a cluster that
 * was built anew under its name has none. A token that was applied and is unspent is kept.
 */
export function applyJoinSecret(join: JoinPort, issuer: (context: BootstrapContext) => string): Step<BootstrapContext> {
  return {
    name: 'join-secret',
    writes: true,
    waitSeconds: 0,
    async run(context) {
      const { input, kube, facts, startedAt } = context;
      if (!input.options.scaffold) return { state: 'skipped', detail: 'without the scaffold there is no agent' };
      const agent = await join.joined(input.clusterId);
      const identityHeld = (await secretData(kube, agentNames.identitySecret))['key.json'] !== undefined;
      if (!needsJoinSecret(agent, { clusterUid: facts.clusterUid, startedAt }, identityHeld))
        return { state: 'skipped', detail: 'the agent of this cluster has joined already' };
      const { token } = await secretData(kube, agentNames.joinSecret);
      if (token !== undefined && (await join.isTokenUsable(input.clusterId, Buffer.from(token, 'base64').toString('utf8'))))
        return { state: 'succeeded', detail: 'the join Secret is there' };
      const content = await join.issue(input.clusterId, issuer(context));
      await kube.applyAll([agentNamespace(), joinSecret(content)], { fieldManager: hubFieldManager, force: true });
      const detail = `applied Secret ${agentNames.namespace}/${agentNames.joinSecret}`;
      return { state: 'succeeded', detail: agent === null ? detail : `${detail}; the agent that joined before was not in this cluster and will be superseded` };
    },
  };
}

/** Waits until the agent of this very cluster, which Flux delivers, has reported since the bootstrap began. */
export function waitForAgent(join: JoinPort): Step<BootstrapContext> {
  return {
    name: 'agent-snapshot',
    writes: false,
    waitSeconds: 600,
    async run({ input, facts, startedAt }) {
      if (!input.options.scaffold) return { state: 'skipped', detail: 'without the scaffold there is no agent' };
      const at = reportedSince(await join.joined(input.clusterId), { clusterUid: facts.clusterUid, startedAt });
      return at === null
        ? { state: 'waiting', detail: "the agent has not reported yet; Flux delivers it from the cluster's path" }
        : { state: 'succeeded', detail: `the agent reported at ${at.toISOString()}` };
    },
  };
}

async function secretData(kube: KubeClient, name: string): Promise<Record<string, string | undefined>> {
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace: agentNames.namespace, name });
  return (secret?.['data'] as Record<string, string> | undefined) ?? {};
}

import { agentNames, agentNamespace, joinSecret, type JoinSecretContent } from '@flotilla/domain';
import type { Step } from '../../operations/index.js';
import type { BootstrapContext } from '../bootstrap-context.js';

/** Field manager of what the hub itself applies. */
const hubFieldManager = 'flotilla';

/** What the bootstrap needs of enrolment. */
export interface JoinPort {
  /** whether an agent of the cluster was accepted */
  isJoined(clusterId: string): Promise<boolean>;
  /** whether a token can still be spent for this cluster */
  isTokenUsable(clusterId: string, token: string): Promise<boolean>;
  /** a fresh one-use token with what goes into the join Secret */
  issue(clusterId: string, issuer: string): Promise<JoinSecretContent>;
  /** when the newest snapshot of the cluster was taken; null before the first */
  snapshotAt(clusterId: string): Promise<Date | null>;
}

/** Applies the join Secret directly: it alone never goes through Git. A token that was applied and is unspent is kept. */
export function applyJoinSecret(join: JoinPort, issuer: (context: BootstrapContext) => string): Step<BootstrapContext> {
  return {
    name: 'join-secret',
    writes: true,
    waitSeconds: 0,
    async run(context) {
      const { input, kube } = context;
      if (!input.options.scaffold) return { state: 'skipped', detail: 'without the scaffold there is no agent' };
      if (await join.isJoined(input.clusterId)) return { state: 'skipped', detail: 'the agent of this cluster has joined already' };
      const present = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace: agentNames.namespace, name: agentNames.joinSecret });
      const token = (present?.['data'] as Record<string, string> | undefined)?.['token'];
      if (token !== undefined && (await join.isTokenUsable(input.clusterId, Buffer.from(token, 'base64').toString('utf8'))))
        return { state: 'succeeded', detail: 'the join Secret is there' };
      const content = await join.issue(input.clusterId, issuer(context));
      await kube.applyAll([agentNamespace(), joinSecret(content)], { fieldManager: hubFieldManager, force: true });
      return { state: 'succeeded', detail: `applied Secret ${agentNames.namespace}/${agentNames.joinSecret}` };
    },
  };
}

/** Waits for the first snapshot of the agent that Flux delivers. */
export function waitForAgent(join: JoinPort): Step<BootstrapContext> {
  return {
    name: 'agent-snapshot',
    writes: false,
    waitSeconds: 600,
    async run({ input }) {
      if (!input.options.scaffold) return { state: 'skipped', detail: 'without the scaffold there is no agent' };
      const at = await join.snapshotAt(input.clusterId);
      return at === null
        ? { state: 'waiting', detail: "the agent has not reported yet; Flux delivers it from the cluster's path" }
        : { state: 'succeeded', detail: `the agent reported at ${at.toISOString()}` };
    },
  };
}

import type { Outbound } from '@flotilla/outbound';
import type { RepoLock } from '../../fleet-repos/index.js';
import type { Step } from '../../operations/index.js';
import type { BootstrapContext } from '../bootstrap-context.js';
import { applyComponents, commitComponents, componentsHealthy } from './components.js';
import { applyJoinSecret, type JoinPort, waitForAgent } from './join.js';
import { preflight } from './preflight.js';
import { ensureRepository } from './repository.js';
import { commitScaffold } from './scaffold.js';
import { sourceSecret } from './source-secret.js';
import { applySync, commitSync, waitForFleetSource, waitForRevision } from './sync.js';

export { applyJoinSecret, type JoinPort, waitForAgent } from './join.js';

/** Names of the steps in their order: that of `flux bootstrap`, then the agent. */
export const bootstrapStepNames = [
  'preflight',
  'repository',
  'components-commit',
  'components-apply',
  'source-secret',
  'sync-commit',
  'sync-apply',
  'wait-revision',
  'components-healthy',
  'scaffold-commit',
  'join-secret',
  'fleet-source',
  'agent-snapshot',
] as const;

export function bootstrapSteps(parts: { lock: RepoLock; outbound: Outbound; join: JoinPort; agentImage: string; issuer: string }): Step<BootstrapContext>[] {
  const { lock, outbound, join, agentImage, issuer } = parts;
  return [
    preflight,
    ensureRepository,
    commitComponents(lock),
    applyComponents,
    sourceSecret(outbound),
    commitSync(lock),
    applySync,
    waitForRevision,
    componentsHealthy,
    commitScaffold(lock, agentImage),
    applyJoinSecret(join, () => issuer),
    waitForFleetSource,
    waitForAgent(join),
  ];
}

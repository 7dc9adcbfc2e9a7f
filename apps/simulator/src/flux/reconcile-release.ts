import { createHash } from 'node:crypto';
import type { KubeObject } from '@flotilla/agent-runtime';
import { withConditions } from './conditions.js';
import { isRequested, requestedAt, textOf } from './fields.js';
import { failingStage } from './reconcile-kustomization.js';

/** The status of a HelmRelease whose chart is pretended: deployed at its chart version, or failing at upgrade when its manifest says so. */
export function releaseStatus(object: KubeObject, now: Date): Readonly<Record<string, unknown>> {
  const status = object.status ?? {};
  if (status['observedGeneration'] === object.metadata.generation && !isRequested(object)) return status;
  const chartVersion = textOf(object.spec, 'chart', 'spec', 'version') ?? '0.1.0';
  const chartName = textOf(object.spec, 'chart', 'spec', 'chart') ?? object.metadata.name;
  const base = { ...status, ...requestedAt(object), observedGeneration: object.metadata.generation, lastAttemptedRevision: chartVersion };
  const release = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  if (failingStage(object) !== undefined) {
    const message = `Helm upgrade failed for release ${release} with chart ${chartName}@${chartVersion}: context deadline exceeded`;
    return {
      ...base,
      conditions: withConditions(
        object,
        [
          { type: 'Ready', status: 'False', reason: 'UpgradeFailed', message },
          { type: 'Released', status: 'False', reason: 'UpgradeFailed', message },
        ],
        now,
      ),
    };
  }
  const history = Array.isArray(status['history']) ? (status['history'] as { version: number; status: string; configDigest: string }[]) : [];
  const configDigest = `sha256:${createHash('sha256')
    .update(JSON.stringify(object.spec ?? {}))
    .digest('hex')}`;
  const version = (history[0]?.version ?? 0) + 1;
  const message = `Helm ${version === 1 ? 'install' : 'upgrade'} succeeded for release ${release}.v${version} with chart ${chartName}@${chartVersion}`;
  const deployed = {
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    version,
    status: 'deployed',
    chartName,
    chartVersion,
    configDigest,
    lastDeployed: now.toISOString(),
  };
  return {
    ...base,
    // as Helm does, the same values and chart again are no new release
    history: history[0]?.configDigest === configDigest ? history : [deployed, ...history.map((entry) => ({ ...entry, status: 'superseded' }))].slice(0, 5),
    conditions: withConditions(
      object,
      [
        { type: 'Ready', status: 'True', reason: version === 1 ? 'InstallSucceeded' : 'UpgradeSucceeded', message },
        { type: 'Released', status: 'True', reason: 'InstallSucceeded', message },
      ],
      now,
    ),
  };
}

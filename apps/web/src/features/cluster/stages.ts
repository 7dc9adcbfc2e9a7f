import type { FailureStage, ObjectResponse } from '@flotilla/contracts';

const flows: Record<string, readonly FailureStage[]> = {
  Kustomization: ['fetch', 'decrypt', 'build', 'validate', 'apply', 'health', 'prune'],
  HelmRelease: ['fetch', 'dependency', 'install', 'upgrade', 'test'],
};

/** The stages an object of this kind goes through, where the one it failed in is told; null when it did not fail or the stage is not known. */
export function stagesOf(object: ObjectResponse): { stage: FailureStage; place: 'done' | 'at' | 'not-reached' }[] | null {
  if (object.stage === null) return null;
  const flow = flows[object.status.kind] ?? [object.stage];
  const at = flow.indexOf(object.stage);
  if (at < 0) return [{ stage: object.stage, place: 'at' }];
  return flow.map((stage, index) => ({ stage, place: index < at ? 'done' : index === at ? 'at' : 'not-reached' }));
}

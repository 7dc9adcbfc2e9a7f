import type { FailureStage } from '@flotilla/contracts';

/** Message patterns that tell more than the reason; first match wins. */
const byMessage: readonly (readonly [RegExp, FailureStage])[] = [
  [/decrypt|\bsops\b/i, 'decrypt'],
  [/path not found|kustomization\.yaml|kustomize build failed/i, 'build'],
];

const byReason: Readonly<Record<string, FailureStage>> = {
  ArtifactFailed: 'fetch',
  GitOperationFailed: 'fetch',
  AuthenticationFailed: 'fetch',
  BucketOperationFailed: 'fetch',
  OCIArtifactPullFailed: 'fetch',
  IndexationFailed: 'fetch',
  SourceNotReady: 'fetch',
  SourceFetchFailed: 'fetch',
  ChartPullFailed: 'fetch',
  ChartPullError: 'fetch',
  AccessDenied: 'fetch',
  StorageOperationFailed: 'fetch',
  URLInvalid: 'fetch',
  DecryptionFailed: 'decrypt',
  BuildFailed: 'build',
  ValuesError: 'build',
  ChartPackageError: 'build',
  PostRenderFailed: 'build',
  InvalidPath: 'build',
  ValidationFailed: 'validate',
  InvalidCELExpression: 'validate',
  VerificationError: 'validate',
  InvalidConfig: 'validate',
  ReconciliationFailed: 'apply',
  HealthCheckFailed: 'health',
  PruneFailed: 'prune',
  DependencyNotReady: 'dependency',
  InstallFailed: 'install',
  UpgradeFailed: 'upgrade',
  RollbackFailed: 'upgrade',
  TestFailed: 'test',
  UninstallFailed: 'uninstall',
};

/**
 * Where a failure happened, from the kind and the Ready condition's reason and message (`kustomize-controller`, `helm-controller`, `source-controller` reasons).
 * Null when they do not tell.
 */
export function failureStageOf(kind: string, reason: string, message: string): FailureStage | null {
  if (kind === 'Kustomization') {
    if (reason === 'ReconciliationFailed' && /dry-run failed/i.test(message)) return 'validate';
    if (reason === 'ArtifactFailed' || reason === 'BuildFailed' || reason === 'ReconciliationFailed') {
      const told = byMessage.find(([pattern]) => pattern.test(message));
      if (told) return told[1];
    }
  }
  const stage = byReason[reason];
  if (stage !== undefined) return stage;
  return sourceKinds.has(kind) ? 'fetch' : null;
}

/** Kinds that fetch something and offer it to workloads. */
export const sourceKinds: ReadonlySet<string> = new Set(['GitRepository', 'OCIRepository', 'Bucket', 'HelmRepository', 'HelmChart', 'ExternalArtifact']);
/** Kinds that apply something to the cluster. */
export const workloadKinds: ReadonlySet<string> = new Set(['Kustomization', 'HelmRelease']);

import { controlledLabel, fluxNamespace, renderAgentFile, renderYaml, type AgentManifestOptions } from '../agent-manifest/index.js';
import { formatGoDuration, parseGoDuration } from '../flux-create/index.js';
import { addPatch } from '../yaml-edit/index.js';
import { fluxFilePaths, type SyncOptions, withAppendix } from './flux-files.js';

/** Message of the third commit; the appendix is that of `--commit-message-appendix`. */
export function scaffoldCommitMessage(appendix?: string): string {
  return withAppendix('Add Flotilla fleet source and agent', appendix);
}
/** Name of the source the hub steers, and of the Kustomization that applies the workloads from it. */
export const fleetSourceName = 'fleet';
const workloadsKustomizationName = 'workloads';
export const workloadsPathDefault = 'apps';

/**
 * Lets a new revision end a running health wait. Without it a roll back waits for the Kustomization's timeout (142 s measured, 3.6 s with it).
 * The controllers' arguments are a list, so the patch appends.
 */
export const cancelHealthCheckPatch = {
  patch: '- op: add\n  path: /spec/template/spec/containers/0/args/-\n  value: --feature-gates=CancelHealthCheckOnNewRevision=true\n',
  target: { kind: 'Deployment', name: 'kustomize-controller' },
} as const;

export interface ScaffoldOptions extends SyncOptions {
  /** directory of the workloads, outside the cluster's path */
  workloadsPath: string;
  agent: AgentManifestOptions;
}

/** `fleet-source.yaml`: the second source, whose label is the consent to be steered, following its branch, and the workloads' entry Kustomization. */
export function renderFleetSource(options: ScaffoldOptions): string {
  return renderYaml([
    {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: fleetSourceName, namespace: fluxNamespace, labels: { [controlledLabel]: 'true' } },
      spec: {
        interval: formatGoDuration(parseGoDuration(options.interval, 'interval')),
        ref: { branch: options.branch },
        ...(options.secretName === undefined ? {} : { secretRef: { name: options.secretName } }),
        url: options.url,
      },
    },
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: workloadsKustomizationName, namespace: fluxNamespace },
      spec: {
        // taking the object away leaves what it applied
        deletionPolicy: 'Orphan',
        interval: '10m0s',
        path: `./${options.workloadsPath}`,
        prune: true,
        retryInterval: '1m0s',
        sourceRef: { kind: 'GitRepository', name: fleetSourceName },
        timeout: '3m0s',
        wait: true,
      },
    },
  ]);
}

/** Paths of the third commit's files below a cluster's path. */
export function scaffoldFilePaths(path: string) {
  return { fleetSource: `${path}/fleet-source.yaml`, agent: `${path}/flotilla-agent.yaml`, kustomization: fluxFilePaths(path).kustomization } as const;
}

/** The files of the third commit, by path. `kustomization` is the present content of `flux-system/kustomization.yaml`; its comments and patches are kept. */
export function renderScaffold(options: ScaffoldOptions, kustomization: string): Record<string, string> {
  const paths = scaffoldFilePaths(options.path);
  return {
    [paths.fleetSource]: renderFleetSource(options),
    [paths.agent]: renderAgentFile(options.agent),
    [paths.kustomization]: addPatch(kustomization, cancelHealthCheckPatch),
  };
}

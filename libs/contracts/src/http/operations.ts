import { z } from 'zod';
import { dnsLabel, id, instant, repoPath, selector } from '../names.js';
import { pageOf, pageQuery } from '../page.js';

const operationStates = ['pending', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
const operationState = z.enum(operationStates);
const operationStep = z.object({
  name: z.string(),
  state: z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped']),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  /** what the step saw or is waiting for */
  detail: z.string(),
  /** on failure: what a person can do */
  remedy: z.string().nullable(),
  code: z.string().nullable(),
  attempts: z.number().int(),
});
export type OperationStep = z.infer<typeof operationStep>;
/** Long work (202): a step machine that survives restarts. */
export const operationResponse = z
  .object({
    id,
    kind: z.enum(['bootstrap', 'commit', 'hook']),
    clusterId: id.nullable(),
    subject: z.string(),
    state: operationState,
    steps: z.array(operationStep),
    issuer: z.string(),
    createdAt: instant,
    finishedAt: instant.nullable(),
    error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  })
  .meta({ id: 'Operation' });
export type OperationResponse = z.infer<typeof operationResponse>;
export const operationsQuery = pageQuery.extend({ clusterId: id.exactOptional() });
export const operationsPage = pageOf(operationResponse).meta({ id: 'OperationPage' });

/** `POST /clusters/{id}/bootstrap`. Names and defaults are those of `flux bootstrap`'s flags. */
export const bootstrapRequest = z
  .object({
    /** used for this bootstrap only, then wiped; inline CA and a token or client certificate (no exec, files, proxies, insecure) */
    kubeconfig: z
      .string()
      .min(1)
      .max(256 * 1024),
    /** digest of the distribution; default: the newest imported */
    distributionDigest: z.string().exactOptional(),
    namespace: z.literal('flux-system').default('flux-system'),
    interval: z
      .string()
      .regex(/^(\d+(h|m|s))+$/)
      .default('1m0s'),
    /** how the cluster reads the repo: deploy key (ssh) or token over https */
    authentication: z.enum(['ssh', 'token', 'none']).default('ssh'),
    sshKeyAlgorithm: z.enum(['ecdsa', 'ed25519', 'rsa']).default('ecdsa'),
    sshHostname: z.string().max(253).exactOptional(),
    readWriteKey: z.boolean().default(false),
    allowInsecureHttp: z.boolean().default(false),
    authorName: z.string().max(256).default('Flux'),
    authorEmail: z.string().max(256).default(''),
    commitMessageAppendix: z.string().max(512).exactOptional(),
    /** a repository that a forge does not have is created: of the token's user, else of the organisation; private or public */
    personal: z.boolean().default(false),
    private: z.boolean().default(true),
    /** third commit: fleet source, entry Kustomization, agent */
    scaffold: z.boolean().default(true),
    workloadsPath: repoPath.exactOptional(),
    /** flags of flux that would alter the components; refused (flag-unsupported) */
    components: z.array(z.string()).exactOptional(),
    componentsExtra: z.array(z.string()).exactOptional(),
    registry: z.string().exactOptional(),
    tolerationKeys: z.array(z.string()).exactOptional(),
    networkPolicy: z.boolean().exactOptional(),
    clusterDomain: z.string().exactOptional(),
    logLevel: z.string().exactOptional(),
    watchAllNamespaces: z.boolean().exactOptional(),
  })
  .meta({ id: 'Bootstrap' });
export type BootstrapRequest = z.infer<typeof bootstrapRequest>;
/** `POST /clusters/{id}/check`: flux check --pre or check through a kubeconfig, nothing written */
export const clusterCheckRequest = z
  .object({
    kubeconfig: z
      .string()
      .min(1)
      .max(256 * 1024),
    pre: z.boolean().default(false),
  })
  .meta({ id: 'ClusterCheck' });
export type ClusterCheckRequest = z.infer<typeof clusterCheckRequest>;
export const clusterCheckResponse = z
  .object({ ok: z.boolean(), checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string(), remedy: z.string().nullable() })) })
  .meta({ id: 'ClusterCheckResult' });
export type ClusterCheckResponse = z.infer<typeof clusterCheckResponse>;

export const distributionResponse = z
  .object({
    id,
    version: z.string(),
    digest: z.string(),
    components: z.array(z.string()),
    sizeBytes: z.number().int(),
    createdAt: instant,
    createdBy: z.string(),
  })
  .meta({ id: 'Distribution' });
export type DistributionResponse = z.infer<typeof distributionResponse>;
export const distributionBytesMax = 8 * 1024 * 1024;
/** `POST /distributions`: the file as `flux install --export` prints it and its SHA-256 (`sha256:<hex>`). */
export const importDistributionRequest = z
  .object({ manifest: z.string().max(distributionBytesMax), digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })
  .meta({ id: 'ImportDistribution' });
export const distributionsPage = pageOf(distributionResponse).meta({ id: 'DistributionPage' });

const rollbackStates = ['pending', 'pinning', 'pinned', 'committing', 'releasing', 'held', 'lifting', 'lifted', 'failed'] as const;
/** Preview of a rollback for one cluster. */
const rollbackTarget = z.object({
  clusterId: id,
  cluster: z.string(),
  source: z.object({ namespace: z.string(), name: z.string() }),
  from: z.string().nullable(),
  to: z.string(),
  /** held: not carried out for this cluster, with the reason (inventory at X unknown, over the budget, read-only, not connected) */
  held: z.string().nullable(),
  deletions: z.array(z.string()),
  /** false: no inventory was recorded at that revision's trees */ deletionsKnown: z.boolean(),
  worstCaseSeconds: z.number().int(),
  warnings: z.array(z.string()),
  /** progress of an open rollback */
  state: z.enum(rollbackStates).exactOptional(),
  detail: z.string().exactOptional(),
  runs: z.string().nullable().exactOptional(),
});
export type RollbackTarget = z.infer<typeof rollbackTarget>;
export const rollbackResponse = z
  .object({
    id,
    number: z.number().int(),
    selector: z.string(),
    to: z.string(),
    sha: z.string(),
    tag: z.string(),
    method: z.enum(['tag', 'revert']),
    state: z.enum(rollbackStates),
    reason: z.string(),
    owner: z.string(),
    createdAt: instant,
    liftedAt: instant.nullable(),
    targets: z.array(rollbackTarget),
    commit: z.string().nullable(),
  })
  .meta({ id: 'Rollback' });
export type RollbackResponse = z.infer<typeof rollbackResponse>;
export const rollbackPreviewRequest = z
  .object({
    selector: selector.default(''),
    clusters: z.array(dnsLabel).max(10_000).exactOptional(),
    to: z.string().min(7).max(512),
    method: z.enum(['tag', 'revert']).default('tag'),
    source: z.string().max(253).exactOptional(),
  })
  .meta({ id: 'RollbackPreviewRequest' });
export const rollbackPreviewResponse = z
  .object({
    to: z.string(),
    sha: z.string(),
    subject: z.string(),
    targets: z.array(rollbackTarget),
    budget: z.object({ namespaces: z.number().int(), persistentVolumeClaims: z.number().int(), customResourceDefinitions: z.number().int() }),
    gitReachable: z.boolean(),
    gitMessage: z.string(),
  })
  .meta({ id: 'RollbackPreview' });
export type RollbackPreviewResponse = z.infer<typeof rollbackPreviewResponse>;
export const startRollbackRequest = rollbackPreviewRequest
  .extend({
    reason: z.string().min(1).max(1000),
    /** override the hold of unknown deletions, naming the clusters */ acceptDeletions: z.array(dnsLabel).default([]),
  })
  .meta({ id: 'StartRollback' });
export type StartRollbackRequest = z.infer<typeof startRollbackRequest>;
export const rollbacksQuery = pageQuery.extend({ open: z.stringbool().exactOptional() });
export const rollbacksPage = pageOf(rollbackResponse).meta({ id: 'RollbackPage' });

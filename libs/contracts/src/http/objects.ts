import { z } from 'zod';
import { commandOutcomes, commandTypes } from '../agent/commands.js';
import { objectKey, objectStatus } from '../agent/object-status.js';
import { id, instant, selector } from '../names.js';
import { pageOf, pageQuery } from '../page.js';

/** `applied`: Ready, but nothing checks health (invariant 3). `none`: a kind without status. Worst first. */
const objectStates = ['unknown', 'failed', 'progressing', 'suspended', 'applied', 'ready', 'none'] as const;
const objectState = z.enum(objectStates);
export type ObjectState = z.infer<typeof objectState>;

/** Where a workload failed, in Flux's order. */
const failureStages = ['fetch', 'decrypt', 'build', 'validate', 'apply', 'health', 'prune', 'dependency', 'install', 'upgrade', 'test', 'uninstall'] as const;
const failureStage = z.enum(failureStages);
export type FailureStage = z.infer<typeof failureStage>;

const objectResponse = z
  .object({
    clusterId: id,
    cluster: z.string(),
    state: objectState,
    stage: failureStage.nullable(),
    reason: z.string(),
    message: z.string(),
    since: instant.nullable(),
    receivedAt: instant,
    stale: z.boolean(),
    incarnation: z.number().int(),
    status: objectStatus,
  })
  .meta({ id: 'FluxObject' });
export type ObjectResponse = z.infer<typeof objectResponse>;
export const objectsQuery = pageQuery.extend({
  selector: selector.exactOptional(),
  cluster: z.string().max(63).exactOptional(),
  kind: z.string().max(64).exactOptional(),
  namespace: z.string().max(253).exactOptional(),
  name: z.string().max(253).exactOptional(),
  state: objectState.exactOptional(),
});
export const objectsPage = pageOf(objectResponse).meta({ id: 'FluxObjectPage' });

/** One ordered answer to "why not at R?"; each reason with one remedy. Empty reasons and `at: true`: it is there. */
export const explainResponse = z
  .object({
    clusterId: id,
    cluster: z.string(),
    revision: z.string(),
    at: z.boolean(),
    /** null: cannot be told, see reasons */ since: instant.nullable(),
    reasons: z.array(z.object({ code: z.string(), object: objectKey.nullable(), stage: failureStage.nullable(), message: z.string(), remedy: z.string() })),
  })
  .meta({ id: 'Explanation' });
export type ExplainResponse = z.infer<typeof explainResponse>;
export const explainQuery = z.object({ revision: z.string().min(7, 'give at least the first 7 digits of the commit').max(512) });

export const commandStates = ['pending', 'delivered', ...commandOutcomes] as const;
export const commandResponse = z
  .object({
    id,
    clusterId: id,
    cluster: z.string(),
    type: z.enum(commandTypes),
    object: objectKey.nullable(),
    state: z.enum(commandStates),
    message: z.string(),
    issuer: z.string(),
    createdAt: instant,
    expiresAt: instant,
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Command' });
export type CommandResponse = z.infer<typeof commandResponse>;
/** `POST /clusters/{id}/commands`. pin and release are only made by rollbacks. */
export const createCommandRequest = z
  .object({
    type: z.enum(['reconcile', 'suspend', 'resume']),
    object: objectKey,
    withSource: z.boolean().default(false),
    ttlSeconds: z.number().int().min(1).max(3600).default(60),
  })
  .meta({ id: 'CreateCommand' });
export type CreateCommandRequest = z.infer<typeof createCommandRequest>;
export const commandsPage = pageOf(commandResponse).meta({ id: 'CommandPage' });

const ledgerEntryResponse = z
  .object({
    id,
    clusterId: id,
    cluster: z.string(),
    object: objectKey,
    revision: z.string(),
    sha: z.string().nullable(),
    result: z.enum(['succeeded', 'failed', 'progressing']),
    stage: failureStage.nullable(),
    message: z.string(),
    from: instant,
    to: instant.nullable(),
    author: z.string().nullable(),
    subject: z.string().nullable(),
  })
  .meta({ id: 'LedgerEntry' });
export type LedgerEntryResponse = z.infer<typeof ledgerEntryResponse>;
export const ledgerQuery = pageQuery.extend({
  cluster: z.string().max(63).exactOptional(),
  selector: selector.exactOptional(),
  kind: z.string().max(64).exactOptional(),
  namespace: z.string().max(253).exactOptional(),
  name: z.string().max(253).exactOptional(),
  at: instant.exactOptional(),
});
export const ledgerPage = pageOf(ledgerEntryResponse).meta({ id: 'LedgerPage' });

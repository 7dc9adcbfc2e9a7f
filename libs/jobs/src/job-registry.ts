import { z } from 'zod';

/** Few queues: each costs connections (the budget is checked at the worker's start). */
export const queues = ['git', 'bootstrap', 'delivery', 'rollback', 'maintenance'] as const;
export type QueueName = (typeof queues)[number];

interface JobDefinition {
  queue: QueueName;
  /** ids only: job data never holds a secret */
  payload: z.ZodType;
  attempts: number;
  /** first wait between attempts; doubles each time */
  backoffMs: number;
}

/** The closed list of jobs. Every one is idempotent and safe to run twice: it looks at the stored state first. */
export const jobs = {
  /** Brings the mirror of a fleet repo to the head of its branch. */
  'mirror-fleet-repo': { queue: 'git', payload: z.object({ fleetRepoId: z.uuid() }), attempts: 3, backoffMs: 2_000 },
  'commit-content': { queue: 'git', payload: z.object({ operationId: z.uuid() }), attempts: 20, backoffMs: 1_000 },
  /** Sets a push hook at the forge of a fleet repo. */
  'install-hook': { queue: 'git', payload: z.object({ operationId: z.uuid() }), attempts: 20, backoffMs: 1_000 },
  'advance-bootstrap': { queue: 'bootstrap', payload: z.object({ operationId: z.uuid() }), attempts: 20, backoffMs: 1_000 },
  /** Forgets relayed outbox rows and makes the ledger's partitions ahead of time. */
  'prune-history': { queue: 'maintenance', payload: z.object({}), attempts: 3, backoffMs: 5_000 },
  'advance-rollback': { queue: 'rollback', payload: z.object({ rollbackId: z.uuid() }), attempts: 50, backoffMs: 500 },
  /** Asks the HelmReleases of a Kustomization to reconcile once it came to a revision. */
  'reconcile-releases': {
    queue: 'rollback',
    payload: z.object({ clusterId: z.uuid(), namespace: z.string(), name: z.string() }),
    attempts: 5,
    backoffMs: 1_000,
  },
  /** Sends one message to one receiver. */
  'deliver-notification': { queue: 'delivery', payload: z.object({ deliveryId: z.uuid() }), attempts: 10, backoffMs: 2_000 },
} as const satisfies Record<string, JobDefinition>;

export type JobName = keyof typeof jobs;
export type JobPayload<N extends JobName> = z.infer<(typeof jobs)[N]['payload']>;

import { z } from 'zod';
import { dnsLabel, id, instant, labels, repoPath, selector } from '../names.js';
import { pageOf, pageQuery } from '../page.js';

/** Worst first; `unknown` outranks all others in a rollup (invariant 2). `joining`: no agent has reported yet. */
export const clusterStates = ['unknown', 'failing', 'progressing', 'suspended', 'ready', 'joining'] as const;
const clusterState = z.enum(clusterStates);
export type ClusterState = z.infer<typeof clusterState>;

/** A declared divergence from Git that is open: "Git declares Y, runs X". */
const divergence = z.object({
  rollbackId: id,
  sourceName: z.string(),
  declared: z.string().nullable(),
  runs: z.string(),
  owner: z.string(),
  reason: z.string(),
  since: instant,
});

export const clusterResponse = z
  .object({
    id,
    name: dnsLabel,
    labels,
    fleetRepo: z.object({ id, name: z.string() }).nullable(),
    path: z.string().nullable(),
    state: clusterState,
    /** since when the state holds; for unknown: the last time anything was received, null when never */
    stateSince: instant.nullable(),
    /** one sentence: why not ready */
    stateReason: z.string(),
    /** revision of the controlled source all its workloads are at, in full; null when they differ or none is known */
    revision: z.string().nullable(),
    revisionSince: instant.nullable(),
    counts: z.object({
      objects: z.number().int(),
      ready: z.number().int(),
      failing: z.number().int(),
      progressing: z.number().int(),
      suspended: z.number().int(),
    }),
    agent: z
      .object({
        version: z.string(),
        kubernetesVersion: z.string(),
        fluxVersion: z.string().nullable(),
        connected: z.boolean(),
        readOnly: z.boolean(),
        incarnation: z.number().int(),
        lastReceivedAt: instant.nullable(),
        clusterUid: z.string(),
        contested: z.boolean(),
      })
      .nullable(),
    divergences: z.array(divergence),
    createdAt: instant,
  })
  .meta({ id: 'Cluster' });
export type ClusterResponse = z.infer<typeof clusterResponse>;

export const createClusterRequest = z
  .object({ name: dnsLabel, labels: labels.default({}), fleetRepoId: id.exactOptional(), path: repoPath.exactOptional() })
  .meta({ id: 'CreateCluster' });
export type CreateClusterRequest = z.infer<typeof createClusterRequest>;

export const updateClusterRequest = z
  .object({ labels: labels.exactOptional(), fleetRepoId: id.exactOptional(), path: repoPath.exactOptional() })
  .meta({ id: 'UpdateCluster' });
export type UpdateClusterRequest = z.infer<typeof updateClusterRequest>;

export const clustersQuery = pageQuery.extend({
  selector: selector.exactOptional(),
  name: z.string().max(63).exactOptional(),
  state: clusterState.exactOptional(),
});
export const clustersPage = pageOf(clusterResponse).meta({ id: 'ClusterPage' });

export const joinTokenTtlSecondsDefault = 3600;
const joinTokenTtlSecondsMax = 7 * 24 * 3600;
export const createJoinTokenRequest = z
  .object({ ttlSeconds: z.number().int().min(1).max(joinTokenTtlSecondsMax).default(joinTokenTtlSecondsDefault), readOnly: z.boolean().default(false) })
  .meta({ id: 'CreateJoinToken' });
/** The token is shown once. `manifestUrl` may be fetched any number of times; only enrolment spends the token. */
export const joinTokenResponse = z
  .object({ id, token: z.string(), expiresAt: instant, manifestUrl: z.string(), command: z.string() })
  .meta({ id: 'JoinToken' });
export type JoinTokenResponse = z.infer<typeof joinTokenResponse>;

export const fleetSummary = z
  .object({
    clusters: z.number().int(),
    states: z.record(clusterState, z.number().int()),
    /** clusters per revision, most first */
    revisions: z.array(z.object({ revision: z.string(), clusters: z.number().int() })),
    /** the revision most clusters should be at: head of the fleet repo's branch when known */
    head: z.string().nullable(),
    openRollbacks: z.number().int(),
    firingAlerts: z.number().int(),
    at: instant,
  })
  .meta({ id: 'FleetSummary' });
export type FleetSummary = z.infer<typeof fleetSummary>;

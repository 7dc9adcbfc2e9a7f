import { z } from 'zod';
import { id, instant } from '../names.js';
import { commandResult } from './commands.js';
import { objectKey, objectStatus } from './object-status.js';

export const protocolVersion = 1;
/** Longest frame either side takes, in bytes. */
export const frameBytesMax = 1024 * 1024;
/** Most objects in one snapshot chunk or deltas frame. */
export const frameObjectsMax = 500;
export const heartbeatSeconds = 15;
/** Heartbeats missed before a cluster is silent. */
export const heartbeatsMissedMax = 2;

const base = { v: z.literal(protocolVersion), channel: z.string().max(64).exactOptional() };
/** Sequence numbers count the data frames (snapshot, deltas) of an epoch from 1. */
const sequence = z.number().int().min(1);

export const agentFacts = z.object({
  agentVersion: z.string().max(64),
  kubernetesVersion: z.string().max(64),
  fluxVersion: z.string().max(64).exactOptional(),
  /** uid of the namespace kube-system: the cluster's fingerprint */
  clusterUid: z.string().max(64),
  /** SHA-256 of the API server's CA, hex */
  apiCaFingerprint: z.string().max(64).exactOptional(),
  readOnly: z.boolean().default(false),
  /** resident memory of the agent, MiB */
  rssMiB: z.number().exactOptional(),
});
export type AgentFacts = z.infer<typeof agentFacts>;

/** Agent to hub. `hello` opens; data frames are applied only in order, `snapshot` replaces all that is known when its `end` frame is applied. */
export const agentMessage = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('hello'),
    protocol: z.number().int(),
    clusterId: id,
    incarnation: z.number().int(),
    epoch: z.uuid(),
    sequence: z.number().int(),
    digest: z.string().max(128),
    clock: instant,
    facts: agentFacts,
    /** for every channel but the cluster the socket was opened by: its own assertion */ assertion: z.string().max(4096).exactOptional(),
  }),
  z.object({
    ...base,
    type: z.literal('snapshot'),
    epoch: z.uuid(),
    sequence,
    objects: z.array(objectStatus).max(frameObjectsMax),
    start: z.boolean(),
    end: z.boolean(),
    digest: z.string().max(128).exactOptional(),
  }),
  z.object({
    ...base,
    type: z.literal('deltas'),
    epoch: z.uuid(),
    sequence,
    upserts: z.array(objectStatus).max(frameObjectsMax),
    deletes: z.array(objectKey).max(frameObjectsMax),
  }),
  z.object({ ...base, type: z.literal('digest'), epoch: z.uuid(), sequence: z.number().int(), digest: z.string().max(128) }),
  z.object({ ...base, type: z.literal('heartbeat'), clock: instant, facts: agentFacts.exactOptional() }),
  z.object({ ...base, type: z.literal('command.result'), result: commandResult }),
]);
export type AgentMessage = z.infer<typeof agentMessage>;

export const closeCodes = ['revoked', 'fenced', 'protocol', 'malformed', 'shutdown', 'contested', 'overloaded'] as const;
export type CloseCode = (typeof closeCodes)[number];
/** Longest reason of a close, in characters. */
export const closeReasonMax = 256;

/** Hub to agent. `ack.sequence` is cumulative. Unknown fields are ignored, unknown types skipped. */
export const hubMessage = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('welcome'),
    snapshot: z.boolean(),
    resumeAfter: z.number().int(),
    serverTime: instant,
    settings: z.object({ heartbeatSeconds: z.number(), commandKeys: z.unknown() }),
  }),
  z.object({ ...base, type: z.literal('ack'), epoch: z.uuid(), sequence: z.number().int() }),
  z.object({ ...base, type: z.literal('snapshot.request'), reason: z.string().max(256) }),
  z.object({ ...base, type: z.literal('command'), jws: z.string().max(16_384) }),
  z.object({ ...base, type: z.literal('settings'), settings: z.object({ heartbeatSeconds: z.number(), commandKeys: z.unknown() }) }),
  z.object({ ...base, type: z.literal('close'), code: z.enum(closeCodes), reason: z.string().max(closeReasonMax), retryAfterMs: z.number().int() }),
]);
export type HubMessage = z.infer<typeof hubMessage>;

/** `POST /agent/v1/enroll`, first step: asks for a nonce. Second: key, token and the proof over the nonce. */
export const enrollChallengeRequest = z.object({ token: z.string().max(256) });
export const enrollChallengeResponse = z.object({ nonce: z.string(), clusterId: id });
export const enrollRequest = z.object({
  token: z.string().max(256),
  nonce: z.string().max(256),
  /** public key, JWK, EC P-256 */
  publicKey: z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string().max(64), y: z.string().max(64) }),
  /** compact JWS by that key over `{nonce, tokenHash}` (SHA-256 of the token, hex) */
  proof: z.string().max(4096),
  facts: agentFacts,
});
export const enrollResponse = z.object({
  clusterId: id,
  incarnation: z.number().int(),
  state: z.enum(['accepted', 'pending']),
  commandKeys: z.unknown(),
  streamUrl: z.string(),
});
export type EnrollRequest = z.infer<typeof enrollRequest>;
export type EnrollResponse = z.infer<typeof enrollResponse>;

/** Claims of the assertion an agent connects with: ES256 JWS in `Authorization: Bearer`; `aud` is the hub URL, `exp` at most 60 s ahead, `jti` once only. */
export const assertionSecondsMax = 60;

import { z } from 'zod';
import { id, instant } from '../names.js';
import { objectKey } from './object-status.js';

/** The closed list of what an agent can be told to do. An agent refuses any other. */
export const commandTypes = ['reconcile', 'suspend', 'resume', 'pin', 'release'] as const;

/** Arguments by type. reconcile: `withSource` also requests the workload's source first. pin: commit is the 40-hex commit that ref.commit is set to. */
const commandArguments = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reconcile'), object: objectKey, requestedAt: z.string().max(64), withSource: z.boolean().default(false) }),
  z.object({ type: z.literal('suspend'), object: objectKey }),
  z.object({ type: z.literal('resume'), object: objectKey }),
  z.object({ type: z.literal('pin'), object: objectKey, commit: z.string().regex(/^[0-9a-f]{40,64}$/) }),
  z.object({ type: z.literal('release'), object: objectKey }),
]);
export type CommandArguments = z.infer<typeof commandArguments>;

/**
 * A command as signed by the hub (compact JWS, ES256, `kid` of a hub command key). The signature covers cluster, incarnation and number, so a
 * command of another cluster, agent or time is not executed. `number` only grows per object; the agent keeps the highest in its identity Secret.
 */
export const commandClaims = z.object({
  id,
  clusterId: id,
  incarnation: z.number().int(),
  number: z.number().int(),
  expiresAt: instant,
  arguments: commandArguments,
  /** carried out only if it holds: the uid and, where given, the ref.commit the issuer saw */
  precondition: z.object({ uid: z.string().max(64).exactOptional(), commit: z.string().max(64).nullable().exactOptional() }).default({}),
});
export type CommandClaims = z.infer<typeof commandClaims>;

export const commandOutcomes = ['succeeded', 'failed', 'refused', 'superseded', 'expired'] as const;
export type CommandOutcome = (typeof commandOutcomes)[number];
export const commandResult = z.object({
  id,
  outcome: z.enum(commandOutcomes),
  message: z.string().max(1024).default(''),
  finishedAt: instant,
});
export type CommandResult = z.infer<typeof commandResult>;

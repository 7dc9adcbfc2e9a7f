import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { commandClaims, type CommandClaims } from '@flotilla/contracts/agent';
import { z } from 'zod';

const jwks = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(16) });
const anyCommand = z.object({ id: z.uuid(), clusterId: z.string(), incarnation: z.number(), arguments: z.object({ type: z.string() }) });

/** A verified command, or one that carries a good signature but nothing this agent knows how to do. */
export type VerifiedCommand = { readonly known: true; readonly claims: CommandClaims } | { readonly known: false; readonly id: string; readonly type: string };

export interface CommandAudience {
  readonly clusterId: string;
  readonly incarnation: number;
}

/** Checks signature (ES256, by one of the hub's command keys) and addressee of a command. Throws when it is not a command of this hub to this agent. */
export async function verifyCommand(jws: string, commandKeys: unknown, audience: CommandAudience): Promise<VerifiedCommand> {
  const keys = createLocalJWKSet(jwks.parse(commandKeys) as JSONWebKeySet);
  const { payload } = await compactVerify(jws, keys, { algorithms: ['ES256'] });
  const content: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
  const { id, clusterId, incarnation, arguments: given } = anyCommand.parse(content);
  if (clusterId !== audience.clusterId || incarnation !== audience.incarnation)
    throw new Error(`command ${id} is for another agent (cluster ${clusterId}, incarnation ${incarnation})`);
  const parsed = commandClaims.safeParse(content);
  return parsed.success ? { known: true, claims: parsed.data } : { known: false, id, type: given.type };
}

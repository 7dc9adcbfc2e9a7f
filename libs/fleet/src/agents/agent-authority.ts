import type { CommandClaims } from '@flotilla/contracts';

/** An agent whose assertion was verified. */
export interface VerifiedAgent {
  readonly clusterId: string;
  readonly incarnation: number;
  readonly readOnly: boolean;
}

/** Who is an agent of which cluster, and the keys the hub signs commands with. */
export abstract class AgentAuthority {
  /** Verifies the assertion of an agent: signature, audience, expiry, once only, not revoked. Throws FlotillaError `assertion-invalid` or `agent-revoked`. */
  abstract verify(assertion: string): Promise<VerifiedAgent>;
  /** The public keys (JWKS) commands are signed with. */
  abstract commandKeys(): Promise<unknown>;
  /** A command as a compact JWS by the current command key. */
  abstract signCommand(claims: CommandClaims): Promise<string>;
}

export const AGENTS_OPTIONS = Symbol('AGENTS_OPTIONS');

/** What joining agents are told of this hub. */
export interface AgentsOptions {
  /** URL under which agents reach the hub, without a trailing slash; also the audience of their assertions */
  publicUrl: string;
  /** image of the agent, with tag or digest */
  agentImage: string;
  /** PEM agents check the hub's certificate with; null: the public roots */
  hubCa: string | null;
}

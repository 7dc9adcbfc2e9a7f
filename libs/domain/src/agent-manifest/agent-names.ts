/** Names the join manifest, the Helm chart, the hub and the agent agree on. */
export const agentNames = {
  namespace: 'flotilla-system',
  serviceAccount: 'flotilla-agent',
  deployment: 'flotilla-agent',
  /** ClusterRole, Roles, their bindings and the admission policy */
  role: 'flotilla-agent',
  /** pre-created, empty; the agent keeps its key in it */
  identitySecret: 'flotilla-agent-identity',
  /** what an agent needs to join; keys hubUrl, token (one use), ca (PEM, optional), commandKeys (JWKS of the hub's command keys) */
  joinSecret: 'flotilla-agent-join',
  identityMount: '/var/run/flotilla/identity',
  joinMount: '/var/run/flotilla/join',
} as const;

/** Consent to be steered, written in Git: only a source that carries this label may be pinned. */
export const controlledLabel = 'flotilla.dev/controlled';
/** Where Flux itself runs. */
export const fluxNamespace = 'flux-system';

/** What every object of the agent carries. */
export const agentLabels = { 'app.kubernetes.io/name': 'flotilla-agent', 'app.kubernetes.io/part-of': 'flotilla' } as const;

/** The image of this version's agent, where no other is configured. */
export const agentImageDefault = 'ghcr.io/flotilla/agent:0.1.0';

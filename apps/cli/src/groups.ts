/** The first words of the command line, in the order of the help. */
export const groupSummaries = {
  get: 'List clusters, Flux objects and what the hub keeps',
  create: 'Create clusters, tokens, hooks and Flux objects',
  delete: 'Forget clusters, tokens and hooks; nothing in a cluster is touched',
  join: 'Let a cluster join through its agent',
  bootstrap: 'Install Flux and the agent in a cluster, as flux bootstrap does',
  check: 'Check that a cluster is fit for Flux, or that its Flux is well',
  reconcile: 'Reconcile a Flux object now',
  suspend: 'Stop reconciling a Flux object',
  resume: 'Reconcile a suspended Flux object again',
  explain: 'Say why clusters are not at a revision',
  rollback: 'Return clusters to an earlier revision',
  ledger: 'Show what ran where from when to when',
  audit: 'List and verify who did what',
  routes: 'Read, write and test alert routing',
  distribution: 'Import a Flux release to bootstrap from',
  doctor: 'Find out what is wrong, and what to do',
  completion: 'Print a completion script for a shell',
  version: 'Print the version',
} as const satisfies Record<string, string>;
export type GroupName = keyof typeof groupSummaries;

export const cliVersion = '0.1.0';

/**
 * The closed list of problem codes: stable for users and scripts. `status` is the HTTP status, `title` the short sentence of RFC 9457.
 * Add a code with its feature, and what it means with what to do in `problem-help.ts`; never change the meaning of one.
 */
export const problems = {
  // platform
  internal: { status: 500, title: 'Something broke inside the hub' },
  'bad-request': { status: 400, title: 'The request is not valid' },
  'body-too-large': { status: 413, title: 'The request body is over the limit' },
  unauthenticated: { status: 401, title: 'No valid credentials were presented' },
  forbidden: { status: 403, title: 'These credentials do not carry the permission' },
  'not-found': { status: 404, title: 'There is no such thing in your scope' },
  conflict: { status: 409, title: 'The present state does not allow this' },
  'already-exists': { status: 409, title: 'One of that name exists already' },
  'rate-limited': { status: 429, title: 'Too many requests; try again later' },
  unavailable: { status: 503, title: 'A part the hub needs is not reachable; try again' },
  'idempotency-key-reused': { status: 422, title: 'That Idempotency-Key was used for another request' },
  'selector-invalid': { status: 400, title: 'The label selector is not valid' },
  'cursor-invalid': { status: 400, title: 'The cursor is not one this list gave' },
  // access
  'login-failed': { status: 401, title: 'Wrong user or password' },
  'token-expired': { status: 401, title: 'The API token has expired' },
  'token-revoked': { status: 401, title: 'The API token was revoked' },
  // joining and the agent stream
  'join-token-unknown': { status: 401, title: 'The join token is not known' },
  'join-token-used': { status: 409, title: 'The join token was used already' },
  'join-token-expired': { status: 410, title: 'The join token has expired' },
  'proof-invalid': { status: 401, title: 'The proof of the agent key does not verify' },
  'assertion-invalid': { status: 401, title: 'The agent assertion does not verify' },
  'agent-revoked': { status: 403, title: 'This agent was revoked' },
  // paths and Git
  'path-invalid': { status: 400, title: 'The path does not stay inside the repository' },
  'path-overlaps': { status: 409, title: 'The path overlaps the path of another cluster' },
  'git-url-invalid': { status: 400, title: 'The Git URL is not valid' },
  'git-unreachable': { status: 502, title: 'The Git server did not answer' },
  'git-auth-failed': { status: 502, title: 'The Git server refused the credentials' },
  'git-not-found': { status: 502, title: 'The Git server knows no such repository or branch' },
  'git-conflict': { status: 409, title: 'The branch moved on too often while writing' },
  'outbound-blocked': { status: 400, title: 'The address is not one the hub may call' },
  'outbound-timeout': { status: 504, title: 'The other side did not answer in time' },
  'revision-unknown': { status: 404, title: 'That revision is not known in this repository' },
  'manifest-invalid': { status: 400, title: 'The manifest is not valid' },
  // bootstrap
  'kubeconfig-invalid': { status: 400, title: 'The kubeconfig is not usable' },
  'kubeconfig-exec': { status: 400, title: 'The kubeconfig runs a program; give a token or an inline client certificate' },
  'kubeconfig-file-path': { status: 400, title: 'The kubeconfig points at files; inline their content' },
  'kubeconfig-insecure': { status: 400, title: 'The kubeconfig skips TLS verification; give the CA inline' },
  'kube-unreachable': { status: 502, title: 'The Kubernetes API did not answer' },
  'kube-unauthorized': { status: 502, title: 'The Kubernetes API refused the credentials' },
  'kube-forbidden': { status: 502, title: 'The Kubernetes API denied the request' },
  'kube-terminating': { status: 409, title: 'The namespace is still being deleted' },
  'kube-conflict': { status: 502, title: 'Another field manager owns a field' },
  'kube-invalid': { status: 502, title: 'The Kubernetes API refused the object' },
  'kubernetes-too-old': { status: 409, title: 'The cluster runs a Kubernetes that Flux does not support' },
  'distribution-missing': { status: 409, title: 'No distribution is imported; run flotilla distribution import' },
  'distribution-digest-mismatch': { status: 400, title: 'The file does not have the digest given' },
  'distribution-invalid': { status: 400, title: 'The file is not a Flux distribution' },
  'flag-unsupported': { status: 400, title: 'A flag that would alter the components is not supported' },
  'bootstrap-timeout': { status: 504, title: 'A step of the bootstrap did not finish in time' },
  'bootstrap-running': { status: 409, title: 'A bootstrap of this cluster is under way' },
  // commands, undo
  'read-only-agent': { status: 409, title: 'The agent was joined read-only' },
  'source-not-controlled': { status: 409, title: 'The source does not carry the label flotilla.dev/controlled or follows no branch' },
  'deletion-budget': { status: 409, title: 'The change could delete more than the deletion budget allows' },
  'nothing-to-do': { status: 409, title: 'No cluster in scope would change' },
  // tell
  'routing-invalid': { status: 400, title: 'The alert routing file is not valid' },
  'hook-signature-invalid': { status: 401, title: 'The signature of the hook does not verify' },
  'hook-replayed': { status: 409, title: 'This hook was received before' },
  'hook-stale': { status: 400, title: 'The hook is too old' },
  // audit
  'audit-broken': { status: 500, title: 'The audit chain does not verify' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** RFC 9457 problem document, the body of every error answer (`application/problem+json`). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  /** what happened, to which thing, and what to do */
  detail: string;
  code: ProblemCode;
  requestId: string;
  /** fields of the request that are wrong, when it is the request */
  errors?: { path: string; message: string }[];
}

/** A failure with a stable code. `message` says what was being done, to what, and what to do next; it never holds a secret. */
export class FlotillaError extends Error {
  override readonly name = 'FlotillaError';
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly options: {
      cause?: unknown;
      retryable?: boolean;
      errors?: { path: string; message: string }[];
      permission?: string;
      /** of the answer this failure came with */ requestId?: string;
    } = {},
  ) {
    super(message, { cause: options.cause });
  }
  get status(): number {
    return problems[this.code].status;
  }
  /** Whether doing the same again later may work. */
  get retryable(): boolean {
    return this.options.retryable ?? this.status >= 502;
  }
}

import type { ProblemCode } from '@flotilla/contracts';

type KubeProblemCode = Extract<ProblemCode, `kube-${string}` | 'not-found'>;

/** A failed call to the Kubernetes API. `status` is the HTTP status, 0 when there was no answer. */
export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  readonly code: KubeProblemCode;
  constructor(
    readonly status: number,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    this.code = codeOf(status);
  }

  /** Whether the same call may work later. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function codeOf(status: number): KubeProblemCode {
  switch (status) {
    case 401:
      return 'kube-unauthorized';
    case 403:
      return 'kube-forbidden';
    case 404:
      return 'not-found';
    case 409:
      return 'kube-conflict';
    case 0:
    case 429:
      return 'kube-unreachable';
    default:
      return status >= 500 ? 'kube-unreachable' : 'kube-invalid';
  }
}

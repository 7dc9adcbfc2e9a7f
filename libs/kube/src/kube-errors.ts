import { FlotillaError, type ProblemCode } from '@flotilla/contracts';

const tlsCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
]);
/** Longest part of the API's own message that is repeated. */
const messageMax = 500;

const byStatus: Readonly<Record<number, readonly [ProblemCode, string]>> = {
  401: ['kube-unauthorized', 'check that the token or certificate of the kubeconfig is valid and has not expired'],
  403: ['kube-forbidden', 'the credentials need cluster-admin for this'],
  404: ['kube-invalid', 'the kind or namespace does not exist in the cluster'],
  409: ['kube-conflict', 'another field manager owns a field, or the object was changed meanwhile'],
  400: ['kube-invalid', 'the API refuses the object'],
  422: ['kube-invalid', 'the API refuses the object'],
};

/** An answer of the API server that is not a success, with its stable code. Overload and failures inside the server are worth another try. */
export function classifyKubeAnswer(action: string, status: number, body: string): FlotillaError {
  if (status === 403 && isTerminating(body))
    return new FlotillaError(
      'kube-terminating',
      `${action}: the Kubernetes API answered 403 (${statusMessage(body)}); it is tried again once the namespace is gone`,
      {
        retryable: true,
      },
    );
  const [code, advice] = byStatus[status] ?? (['kube-unreachable', 'try again'] as const);
  return new FlotillaError(code, `${action}: the Kubernetes API answered ${status} (${statusMessage(body)}); ${advice}`, {
    retryable: code === 'kube-unreachable' || code === 'kube-conflict',
  });
}

/** A call that got no answer. What the guard refused stays `outbound-blocked`. */
export function classifyKubeFailure(action: string, error: unknown): unknown {
  if (!(error instanceof FlotillaError) || (error.code !== 'unavailable' && error.code !== 'outbound-timeout')) return error;
  const code = tlsCode(error);
  if (code)
    return new FlotillaError(
      'kube-unreachable',
      `${action}: the certificate of the Kubernetes API does not verify (${code}); check certificate-authority-data and the server name of the kubeconfig`,
      { cause: error, retryable: false },
    );
  return new FlotillaError('kube-unreachable', `${action}: ${error.message}; check the server address and that the worker can reach it`, { cause: error });
}

function tlsCode(error: unknown): string | null {
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && tlsCodes.has(code)) return code;
  }
  return null;
}

/** Whether a 403 is about a namespace on its way out, not about rights (metav1.Status, cause `NamespaceTerminating`). */
function isTerminating(body: string): boolean {
  try {
    const { details } = JSON.parse(body) as { details?: { causes?: { reason?: unknown }[] } };
    return details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
  } catch {
    return false;
  }
}

function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    if (typeof message === 'string') return message.slice(0, messageMax);
  } catch {
    // a proxy in between answers in its own words
  }
  return body.slice(0, messageMax);
}

import { FlotillaError, type ProblemCode } from '@flotilla/contracts';

/** What git prints, and what it means; the first match counts. */
const patterns: readonly (readonly [RegExp, ProblemCode, string])[] = [
  [
    /host key verification failed|no matching host key|remote host identification has changed/i,
    'git-auth-failed',
    'the host key of the Git server is not the one in known_hosts; check it and correct the known hosts of the fleet repo',
  ],
  [
    /authentication failed|could not read (username|password)|permission denied|returned error: 40[13]|invalid credentials|access denied/i,
    'git-auth-failed',
    'the Git server refused the credentials; check token or key and its rights on the repository',
  ],
  [
    /non-fast-forward|fetch first|stale info|cannot lock ref|failed to update ref|\[rejected\]/i,
    'git-conflict',
    'the branch moved on while writing; try again',
  ],
  [
    /protected branch|pre-receive hook declined|\[remote rejected\]/i,
    'git-auth-failed',
    'the Git server refused the push; check branch protection and the rights of the credentials',
  ],
  [
    /repository .*not found|does not appear to be a git repository|couldn't find remote ref|returned error: 404|remote ref does not exist|not our ref/i,
    'git-not-found',
    'the Git server knows no such repository or branch; check the URL and the credentials',
  ],
];

/** Classifies what git printed; credentials are never in it, they travel in the environment. */
export function classifyGitFailure(action: string, stderr: string): FlotillaError {
  const text = stderr
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('warning:'))
    .slice(-3)
    .join(' ')
    .slice(0, 500);
  for (const [pattern, code, advice] of patterns) {
    if (pattern.test(stderr)) return new FlotillaError(code, `${action}: ${advice} (${text})`, { retryable: code === 'git-conflict' });
  }
  return new FlotillaError('git-unreachable', `${action}: the Git server did not answer as expected (${text}); check the URL and the network`);
}

/** Classifies the answer of a forge's REST API; `body` is what it said. */
export function classifyForgeFailure(action: string, status: number, body: string): FlotillaError {
  const said = body.slice(0, 300);
  if (status === 401 || status === 403)
    return new FlotillaError('git-auth-failed', `${action}: the API answered ${status}; check the token and its rights (${said})`, { retryable: false });
  if (status === 404)
    return new FlotillaError('git-not-found', `${action}: the API knows no such repository (404); check owner, name and the token's rights`, {
      retryable: false,
    });
  if (status === 409 || status === 422) return new FlotillaError('git-conflict', `${action}: the API answered ${status} (${said})`, { retryable: true });
  return new FlotillaError('git-unreachable', `${action}: the API answered ${status} (${said}); try again`);
}

/** A failure to reach a forge, in the words of Git. What is classified otherwise stays. */
export function asGitError(action: string, error: unknown): unknown {
  if (error instanceof FlotillaError) {
    if (error.code === 'unavailable' || error.code === 'outbound-timeout')
      return new FlotillaError('git-unreachable', `${action}: ${error.message}`, { cause: error });
    return error;
  }
  // client libraries wrap what our client threw
  const { cause } = error as { cause?: unknown };
  if (cause instanceof FlotillaError) return asGitError(action, cause);
  const { status, message } = error as { status?: unknown; message?: string };
  if (typeof status === 'number') return classifyForgeFailure(action, status, message ?? '');
  return new FlotillaError('git-unreachable', `${action}: ${message ?? 'no answer'}`, { cause: error });
}

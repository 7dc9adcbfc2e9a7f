import { SignJWT } from 'jose';
import { enrollChallengeResponse, enrollResponse, type AgentFacts } from '@flotilla/contracts/agent';
import type { AgentIdentity, Enrolment } from './agent-identity.js';
import { postJson } from './post-json.js';

const challengePath = '/agent/v1/enroll/challenge';
const enrollPath = '/agent/v1/enroll';

/** An enrolment that did not go through. `code` is the hub's problem code, or `hub-unreachable`. */
export class EnrolmentError extends Error {
  override readonly name = 'EnrolmentError';
  constructor(
    readonly code: string,
    message: string,
    /** whether the same token may work later */
    readonly retryable: boolean,
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
  }
}

export interface EnrolOptions {
  /** base URL of the hub */
  readonly hubUrl: string;
  /** PEM the hub's certificate is checked with; the system's roots when absent */
  readonly hubCa: string | undefined;
  /** the one-use join token */
  readonly token: string;
  /** SHA-256 of the token, hex */
  readonly tokenHash: string;
  readonly facts: AgentFacts;
}

/** Spends a join token on the identity's key: asks for a nonce, proves possession of the key over it, stores what the hub answers. */
export async function enrol(identity: AgentIdentity, options: EnrolOptions): Promise<Enrolment> {
  const challenge = enrollChallengeResponse.parse(await post(options, challengePath, { token: options.token }));
  const proof = await new SignJWT({ nonce: challenge.nonce, tokenHash: options.tokenHash }).setProtectedHeader({ alg: 'ES256' }).sign(identity.privateKey);
  const answer = enrollResponse.parse(
    await post(options, enrollPath, { token: options.token, nonce: challenge.nonce, publicKey: identity.publicKey, proof, facts: options.facts }),
  );
  const enrolment: Enrolment = {
    clusterId: answer.clusterId,
    incarnation: answer.incarnation,
    state: answer.state,
    commandKeys: answer.commandKeys,
    tokenHash: options.tokenHash,
  };
  await identity.saveEnrolment(enrolment);
  return enrolment;
}

async function post(options: EnrolOptions, path: string, body: unknown): Promise<unknown> {
  const url = new URL(path, options.hubUrl);
  let answer: { status: number; body: unknown };
  try {
    answer = await postJson(url, body, options.hubCa);
  } catch (error) {
    throw new EnrolmentError('hub-unreachable', `joining through ${url.origin}: ${error instanceof Error ? error.message : 'no answer'}`, true, {
      cause: error,
    });
  }
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const problem = (answer.body ?? {}) as { code?: string; detail?: string; title?: string };
  const retryable = answer.status === 429 || answer.status >= 500;
  throw new EnrolmentError(
    problem.code ?? `http-${answer.status}`,
    `joining through ${url.origin}: ${problem.detail ?? problem.title ?? `the hub answered ${answer.status}`}`,
    retryable,
  );
}

import type { Problem } from '@flotilla/contracts';
import type { Response } from 'supertest';
import type { Scene } from './scene.js';

/** How something was refused. */
export interface Refusal {
  /** stable: a problem code, the code of a close, or the state of a command */
  code: string;
  /** what happened and what to do */
  sentence: string;
  /** all of the answer */
  text: string;
  /** of an HTTP answer */
  http?: { status: number; contentType: string; requestId: string; problem: Problem };
}

/** One bad input and what must come of it. */
export interface BadInput {
  title: string;
  code: string;
  /** words of the sentence that say what to do */
  says: RegExp;
  /** Makes what the case needs; what is given back sends the bad input. What cannot even begin gives its refusal at once. */
  prepare: (scene: Scene) => Promise<() => Promise<Refusal>>;
}

/** The refusal that an HTTP answer is. */
export function refusalOf(response: { status: number; headers: unknown; text: string }): Refusal {
  const headers = response.headers as Record<string, string | undefined>;
  let problem: Problem;
  try {
    problem = JSON.parse(response.text) as Problem;
  } catch {
    throw new Error(`no problem document but ${response.status} ${response.text.slice(0, 300)}`);
  }
  const http = { status: response.status, contentType: headers['content-type'] ?? '', requestId: headers['x-request-id'] ?? problem.requestId, problem };
  return { code: problem.code, sentence: problem.detail, text: response.text, http };
}

/** A case whose bad input is one request that needs nothing but the scene. */
export function request(title: string, code: string, says: RegExp, send: (scene: Scene) => PromiseLike<Response>): BadInput {
  return { title, code, says, prepare: async (scene) => async () => refusalOf(await send(scene)) };
}

/** A case that makes something first, and then sends the request. */
export function prepared(title: string, code: string, says: RegExp, prepare: (scene: Scene) => Promise<() => PromiseLike<Response>>): BadInput {
  return {
    title,
    code,
    says,
    prepare: async (scene) => {
      const send = await prepare(scene);
      return async () => refusalOf(await send());
    },
  };
}

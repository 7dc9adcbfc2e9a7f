import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const header = 'x-request-id';
const ids = new WeakMap<object, string>();

/** Gives every request an id, taken from `X-Request-Id` when that is a plain word, and answers with it. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.headers[header];
  const id = typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
  ids.set(request, id);
  response.setHeader(header, id);
  next();
}

/** The request's id. */
export function requestIdOf(request: object): string {
  return ids.get(request) ?? 'none';
}

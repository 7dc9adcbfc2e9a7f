import type { CookieOptions, Request, Response } from 'express';

const sessionCookie = 'flotilla_session';

/** The cookie of a session: out of reach of scripts, not sent along by other sites' forms; only over TLS when the hub is reached by it. */
function options(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/' };
}

export function setSessionCookie(response: Response, secret: string, expiresAt: Date | null, secure: boolean): void {
  response.cookie(sessionCookie, secret, { ...options(secure), ...(expiresAt ? { expires: expiresAt } : {}) });
}

export function clearSessionCookie(response: Response, secure: boolean): void {
  response.clearCookie(sessionCookie, options(secure));
}

/** The session secret of a request, or null. */
export function sessionSecretOf(request: Request): string | null {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === sessionCookie && value) return value;
  }
  return null;
}

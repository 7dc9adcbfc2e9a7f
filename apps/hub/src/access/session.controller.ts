import { Body, Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { loginRequest, permissions, type SessionResponse, sessionResponse } from '@flotilla/contracts';
import { formatSelector, holds, type Principal } from '@flotilla/domain';
import { Sessions } from '@flotilla/fleet/access';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { type AuthenticatedRequest, CurrentPrincipal, Public, RequirePermission } from '../platform/auth/permissions.decorator.js';
import { clearSessionCookie, sessionSecretOf, setSessionCookie } from '../platform/auth/session-cookie.js';
import { Returns, ReturnsNothing } from '../platform/http/returns.decorator.js';
import { requestIdOf } from '../platform/request-context/request-id.middleware.js';

/** Whether cookies go over TLS only: where the public URL is https. */
export const SECURE_COOKIES = Symbol('SECURE_COOKIES');

/** Logging in and out of the console, and "who am I". */
@Controller('session')
export class SessionController {
  constructor(
    private readonly sessions: Sessions,
    @Inject(SECURE_COOKIES) private readonly secure: boolean,
  ) {}

  /** Logs in: sets the cookie `flotilla_session`. Errors: `login-failed`, `rate-limited`. */
  @Post()
  @Public()
  @Returns(sessionResponse, { status: 201 })
  async login(
    @Body({ schema: loginRequest }) body: z.infer<typeof loginRequest>,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionResponse> {
    const session = await this.sessions.login({ ...body, address: request.ip ?? '', requestId: requestIdOf(request) });
    setSessionCookie(response, session.secret, session.expiresAt, this.secure);
    return toSession(session.principal, session.expiresAt);
  }

  /** Who is asking, and what they may do. */
  @Get()
  @RequirePermission('session:read')
  @Returns(sessionResponse)
  read(@CurrentPrincipal() principal: Principal, @Req() request: AuthenticatedRequest): SessionResponse {
    return toSession(principal, request.credentialsExpireAt ?? null);
  }

  /** Logs out: ends the session of the cookie. */
  @Delete()
  @RequirePermission('session:read')
  @ReturnsNothing()
  async logout(@CurrentPrincipal() principal: Principal, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    const secret = sessionSecretOf(request);
    if (secret !== null) await this.sessions.logout(secret, principal);
    clearSessionCookie(response, this.secure);
  }
}

function toSession(principal: Principal, expiresAt: Date | null): SessionResponse {
  return {
    subject: principal.subject,
    kind: principal.kind === 'token' ? 'token' : 'user',
    grants: principal.grants.map((grant) => ({ role: grant.role, selector: formatSelector(grant.selector) })),
    permissions: permissions.filter((permission) => holds(principal, permission)),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}

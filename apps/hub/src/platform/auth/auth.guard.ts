import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { FlotillaError, type Permission } from '@flotilla/contracts';
import { holds } from '@flotilla/domain';
import { ApiTokens, type Authentication, Sessions } from '@flotilla/fleet/access';
import type { Request } from 'express';
import { requestIdOf } from '../request-context/request-id.middleware.js';
import { type AuthenticatedRequest, PERMISSION, PUBLIC } from './permissions.decorator.js';
import { sessionSecretOf } from './session-cookie.js';

/** Sent by the console with every write: a page of another origin cannot set it without being asked first (CORS), so a cookie alone writes nothing. */
const csrfHeader = 'x-flotilla-csrf';
const readMethods = new Set(['GET', 'HEAD', 'OPTIONS']);
const credentialsLengthMax = 512;

/** Whether a request of this method only reads; all others count as writes. */
export const isReadMethod = (method: string): boolean => readMethods.has(method);

/** Lets a request through when its credentials hold the permission of the route; a route that names none is refused. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: ApiTokens,
    private readonly sessions: Sessions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(PERMISSION, targets);
    if (!permission) throw new FlotillaError('internal', 'this route names no permission, so nobody may use it');
    const request = context.switchToHttp().getRequest<Request & AuthenticatedRequest>();
    const authentication = await this.authenticate(request);
    request.principal = authentication.principal;
    request.credentialsExpireAt = authentication.expiresAt;
    request.permission = permission;
    if (!holds(authentication.principal, permission)) {
      throw new FlotillaError(
        'forbidden',
        `${authentication.principal.subject} does not hold the permission ${permission}; ask an administrator for a role that carries it`,
        { permission },
      );
    }
    return true;
  }

  private async authenticate(request: Request): Promise<Authentication> {
    const requestId = requestIdOf(request);
    const header = request.headers.authorization;
    if (header !== undefined) {
      const [, secret] = /^Bearer +(\S+) *$/i.exec(header.slice(0, credentialsLengthMax)) ?? [];
      if (secret === undefined)
        throw new FlotillaError('unauthenticated', 'the Authorization header is not one this hub reads; send Authorization: Bearer <API token>');
      return this.tokens.authenticate(secret, requestId);
    }
    const secret = sessionSecretOf(request);
    if (secret === null) throw new FlotillaError('unauthenticated', 'this route needs credentials: send Authorization: Bearer <API token>, or log in');
    const session = await this.sessions.authenticate(secret, requestId);
    if (!session) throw new FlotillaError('unauthenticated', 'the session is not open any more; log in again');
    if (!isReadMethod(request.method) && request.headers[csrfHeader] !== '1') {
      throw new FlotillaError('forbidden', `a write with a session cookie needs the header ${csrfHeader}: 1`);
    }
    return session;
  }
}

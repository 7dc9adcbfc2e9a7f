import { createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { FlotillaError, type Permission } from '@flotilla/contracts';
import type { Principal } from '@flotilla/domain';

export const PERMISSION = 'flotilla:permission';
export const PUBLIC = 'flotilla:public';

/** The permission a route needs; every route that is not `@Public()` names one (a test enumerates them). */
export const RequirePermission = (permission: Permission): MethodDecorator => SetMetadata(PERMISSION, permission);

/** A route of the closed list that needs no credentials: health, login, OpenAPI, join manifest, enrolment, inbound hooks, console files. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/** A request once the guard let it through. */
export interface AuthenticatedRequest {
  principal?: Principal;
  /** the permission of the route that was asked for */
  permission?: Permission;
  /** until when the credentials hold; null: for ever */
  credentialsExpireAt?: Date | null;
}

/** The principal of the request. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new FlotillaError('unauthenticated', 'this route needs credentials: send Authorization: Bearer <token>, or log in');
  return principal;
});

import { hubWidePermissions, type Labels, type Permission, type Role, rolePermissions } from '@flotilla/contracts';
import { matches, type Requirement } from '../labels/index.js';

/** A role over the clusters that `selector` matches; no requirements: all clusters. */
interface Grant {
  role: Role;
  selector: readonly Requirement[];
}

/** Who is asking. `subject` is what the audit trail names: `user:ada`, `token:ci`, `agent:prod-eu-1`, `system:worker`. */
export interface Principal {
  subject: string;
  kind: 'user' | 'token' | 'agent' | 'system';
  grants: readonly Grant[];
  /** request that the act is part of */
  requestId: string | null;
}

const carries = (grant: Grant, permission: Permission): boolean =>
  rolePermissions[grant.role].includes(permission) && (grant.selector.length === 0 || !hubWidePermissions.includes(permission));

/** Whether the principal holds the permission at all, for some clusters or the hub. */
export function holds(principal: Principal, permission: Permission): boolean {
  return principal.grants.some((grant) => carries(grant, permission));
}

/** Whether the principal may do it to a cluster with these labels. */
export function mayOn(principal: Principal, permission: Permission, labels: Readonly<Labels>): boolean {
  return principal.grants.some((grant) => carries(grant, permission) && matches(grant.selector, labels));
}

/** Selectors, joined by OR, of the clusters the principal may do it to; an empty list: none; one without requirements: all. */
export function scopeOf(principal: Principal, permission: Permission): (readonly Requirement[])[] {
  const scopes = principal.grants.filter((grant) => carries(grant, permission)).map((grant) => grant.selector);
  return scopes.some((scope) => scope.length === 0) ? [[]] : scopes;
}

/** The hub acting by itself: schedules, jobs. */
export function systemPrincipal(name: string): Principal {
  return { subject: `system:${name}`, kind: 'system', grants: [{ role: 'admin', selector: [] }], requestId: null };
}

/** What a principal may do; every route names one. Roles are sets of these, granted over a cluster selector. */
export const permissions = [
  'clusters:read',
  'clusters:create',
  'clusters:update',
  'clusters:delete',
  'join-tokens:create',
  'agents:revoke',
  'fleet-repos:read',
  'fleet-repos:write',
  'content:commit',
  'bootstrap:start',
  'distributions:read',
  'distributions:write',
  'objects:read',
  'objects:operate',
  'rollbacks:read',
  'rollbacks:start',
  'ledger:read',
  'audit:read',
  'alerts:read',
  'routes:read',
  'routes:write',
  'hooks:write',
  'operations:read',
  'tokens:write',
  'session:read',
] as const;
export type Permission = (typeof permissions)[number];

export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

const viewer: readonly Permission[] = [
  'clusters:read',
  'fleet-repos:read',
  'distributions:read',
  'objects:read',
  'rollbacks:read',
  'ledger:read',
  'alerts:read',
  'routes:read',
  'operations:read',
  'session:read',
];
const operator: readonly Permission[] = [...viewer, 'objects:operate', 'rollbacks:start', 'audit:read'];

export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = { viewer, operator, admin: permissions };

/** Permissions over the whole hub: a grant must have the empty selector (all clusters) to carry them. */
export const hubWidePermissions: readonly Permission[] = [
  'clusters:create',
  'fleet-repos:write',
  'distributions:write',
  'routes:write',
  'hooks:write',
  'tokens:write',
  'audit:read',
];

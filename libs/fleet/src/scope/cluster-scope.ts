import { FlotillaError, type Permission } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { mayOn, parseSelector, type Principal, type Requirement, scopeOf } from '@flotilla/domain';
import type { SqlConditions } from './sql-conditions.js';

/** Keeps only clusters (alias `cluster`) that the principal may do it to and that are not forgotten. */
export function inScope(conditions: SqlConditions, principal: Principal, permission: Permission, cluster = 'c'): SqlConditions {
  const scopes = scopeOf(principal, permission);
  const allowed = scopes.map((requirements) => labelCondition(conditions, requirements, `${cluster}.labels`));
  return conditions.and(`${cluster}.forgotten_at is null`).and(allowed.length === 0 ? 'false' : allowed.join(' or '));
}

/** Keeps only clusters whose labels match the selector (Kubernetes syntax). Throws `selector-invalid`. */
export function matchingSelector(conditions: SqlConditions, selector: string | undefined, cluster = 'c'): SqlConditions {
  return selector ? conditions.and(labelCondition(conditions, parseSelector(selector), `${cluster}.labels`)) : conditions;
}

/** SQL that says of a jsonb column of labels what `matches` says of labels. */
export function labelCondition(conditions: SqlConditions, requirements: readonly Requirement[], labels: string): string {
  const parts = requirements.map(({ key, operator, values }) => {
    const text = `${labels} ->> ${conditions.value(key, 'text')}`;
    switch (operator) {
      case 'exists':
        return `(${text}) is not null`;
      case 'absent':
        return `(${text}) is null`;
      case 'in':
        return `(${text}) = any(${conditions.value(values, 'text[]')})`;
      case 'notIn':
        return `((${text}) is null or not (${text}) = any(${conditions.value(values, 'text[]')}))`;
      case 'gt':
      case 'lt':
        return `case when (${text}) ~ '^-?[0-9]{1,18}$' then (${text})::bigint ${operator === 'gt' ? '>' : '<'} ${conditions.value(values[0] ?? '0', 'bigint')} else false end`;
    }
  });
  return parts.length === 0 ? 'true' : `(${parts.join(' and ')})`;
}

/** A cluster within someone's scope. */
export interface ScopedCluster {
  readonly id: string;
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly fleetRepoId: string | null;
}

/** The cluster, if the principal may do it to it; otherwise `not-found`: who may not know of a cluster is not told that it exists (invariant 10). */
export async function clusterInScope(database: Database, principal: Principal, permission: Permission, clusterId: string): Promise<ScopedCluster> {
  const [cluster] = await database.query<ScopedCluster>(
    'select id, name, labels, fleet_repo_id as "fleetRepoId" from cluster where id = $1::uuid and forgotten_at is null',
    [clusterId],
  );
  if (!cluster || !mayOn(principal, permission, cluster.labels)) throw new FlotillaError('not-found', `there is no cluster ${clusterId} in your scope`);
  return cluster;
}

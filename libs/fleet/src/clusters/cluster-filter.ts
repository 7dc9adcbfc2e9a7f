import type { Permission } from '@flotilla/contracts';
import { type Principal, type Requirement, scopeOf, silentAfterMs } from '@flotilla/domain';

/** Collects the parameters of one statement; `add` gives the placeholder. */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown, cast: string): string {
    this.values.push(value);
    return `$${this.values.length}::${cast}`;
  }
}

/**
 * A selector as an SQL condition over the cluster table under the alias `c`, with the meaning of `matches` (libs/domain). Equality is containment,
 * which the index on labels answers.
 */
export function selectorSql(requirements: readonly Requirement[], parameters: Parameters): string {
  return requirements.length === 0 ? 'true' : requirements.map((requirement) => requirementSql(requirement, parameters)).join(' and ');
}

function requirementSql({ key, operator, values }: Requirement, parameters: Parameters): string {
  switch (operator) {
    case 'exists':
      return `jsonb_exists(c.labels, ${parameters.add(key, 'text')})`;
    case 'absent':
      return `not jsonb_exists(c.labels, ${parameters.add(key, 'text')})`;
    case 'in':
      return `(${values.map((value) => `c.labels @> ${parameters.add(JSON.stringify({ [key]: value }), 'jsonb')}`).join(' or ') || 'false'})`;
    case 'notIn':
      return `not coalesce(c.labels ->> ${parameters.add(key, 'text')} = any(${parameters.add([...values], 'text[]')}), false)`;
    case 'gt':
    case 'lt': {
      const label = `c.labels ->> ${parameters.add(key, 'text')}`;
      return `(case when ${label} ~ '^-?[0-9]{1,18}$' then (${label})::bigint ${operator === 'gt' ? '>' : '<'} ${parameters.add(values[0] ?? '0', 'text')}::bigint else false end)`;
    }
  }
}

/** The clusters (alias `c`) that the principal may do it to, as an SQL condition. */
export function scopeSql(principal: Principal, permission: Permission, parameters: Parameters): string {
  const scopes = scopeOf(principal, permission);
  return scopes.length === 0 ? 'false' : `(${scopes.map((scope) => `(${selectorSql(scope, parameters)})`).join(' or ')})`;
}

/** `clusterStateAt` (libs/domain) as an SQL expression over the alias `c`, judged on Postgres' clock; a test holds the two together. */
export const stateSql = `(case
  when c.last_received_at is null then 'joining'
  when c.contested_at is not null or clock_timestamp() - c.last_received_at >= interval '${silentAfterMs} milliseconds' then 'unknown'
  else c.worst end)`;

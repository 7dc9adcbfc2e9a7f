import { Injectable } from '@nestjs/common';
import {
  type agentFacts,
  type ClusterResponse,
  type clustersQuery,
  type ClusterState,
  FlotillaError,
  type Labels,
  type Page,
  type Permission,
} from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { clusterStateAt, isSilent, mayOn, parseSelector, type Principal } from '@flotilla/domain';
import type { z } from 'zod';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { Parameters, scopeSql, selectorSql, stateSql } from './cluster-filter.js';

/** What other features need to know of a cluster to act on it. */
export interface ClusterRef {
  id: string;
  name: string;
  labels: Labels;
  fleetRepoId: string | null;
  path: string | null;
}

/** Most clusters one act may cover. */
const clusterSelectionMax = 10_000;

interface RefRow {
  id: string;
  name: string;
  labels: Labels;
  fleet_repo_id: string | null;
  path: string | null;
}
interface Row extends RefRow {
  created_at: Date;
  repo_name: string | null;
  worst: ClusterState;
  worst_since: Date | null;
  worst_reason: string;
  last_received_at: Date | null;
  contested_at: Date | null;
  connected_replica: string | null;
  facts: Partial<z.infer<typeof agentFacts>> | null;
  object_count: number;
  ready_count: number;
  failing_count: number;
  progressing_count: number;
  suspended_count: number;
  revision: string | null;
  revision_since: Date | null;
  incarnation: number | null;
  agent_read_only: boolean | null;
  cluster_uid: string | null;
  now: Date;
}
interface DivergenceRow {
  cluster_id: string;
  rollback_id: string;
  source_name: string;
  from_revision: string | null;
  to_revision: string;
  owner: string;
  reason: string;
  created_at: Date;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const select = `select c.id, c.name, c.labels, c.fleet_repo_id, c.path, c.created_at, r.name as repo_name, c.worst, c.worst_since, c.worst_reason, c.last_received_at,
    c.contested_at, c.connected_replica, c.facts, c.object_count, c.ready_count, c.failing_count, c.progressing_count, c.suspended_count, c.revision, c.revision_since,
    a.incarnation, a.read_only as agent_read_only, a.cluster_uid, clock_timestamp() as now
  from cluster c left join fleet_repo r on r.id = c.fleet_repo_id
  left join lateral (select incarnation, read_only, cluster_uid from agent where cluster_id = c.id and revoked_at is null order by incarnation desc limit 1) a on true`;

/** Clusters as users see them, within the scope of who asks: what is out of scope does not exist. Forgotten clusters neither. */
@Injectable()
export class ClustersReadModel {
  constructor(private readonly database: Database) {}

  /** Clusters by name. Errors: `selector-invalid`, `cursor-invalid`. */
  async list(query: z.infer<typeof clustersQuery>, principal: Principal): Promise<Page<ClusterResponse>> {
    const [after] = decodeCursor(query.cursor, ['string']) ?? [null];
    const parameters = new Parameters();
    const conditions = [
      'c.forgotten_at is null',
      scopeSql(principal, 'clusters:read', parameters),
      selectorSql(parseSelector(query.selector ?? ''), parameters),
    ];
    if (after !== null) conditions.push(`c.name collate "C" > ${parameters.add(after, 'text')}`);
    if (query.name !== undefined) conditions.push(`c.name collate "C" = ${parameters.add(query.name, 'text')}`);
    if (query.state !== undefined) conditions.push(`${stateSql} = ${parameters.add(query.state, 'text')}`);
    const rows = await this.database.query<Row>(
      `${select} where ${conditions.join(' and ')} order by c.name collate "C" limit ${parameters.add(query.limit + 1, 'int')}`,
      parameters.values,
    );
    return pageFrom(await this.toResponses(rows), query.limit, (cluster) => [cluster.name]);
  }

  /** One cluster by name or id. Errors: `not-found`. */
  async get(nameOrId: string, principal: Principal): Promise<ClusterResponse> {
    const { id } = await this.find(nameOrId, principal, 'clusters:read');
    const [cluster] = await this.toResponses(await this.database.query<Row>(`${select} where c.id = $1::uuid`, [id]));
    if (!cluster) throw unknownCluster(nameOrId);
    return cluster;
  }

  /**
   * The cluster to act on, by name or id. Errors: `not-found` when there is none or the principal may not see it; `forbidden` when it may see it but lacks `permission` on it.
   */
  async find(nameOrId: string, principal: Principal, permission: Permission): Promise<ClusterRef> {
    const [row] = await this.database.query<RefRow>(
      `select id, name, labels, fleet_repo_id, path from cluster where forgotten_at is null and ${uuid.test(nameOrId) ? 'id = $1::uuid' : 'name collate "C" = $1'}`,
      [nameOrId],
    );
    if (!row) throw unknownCluster(nameOrId);
    if (!mayOn(principal, 'clusters:read', row.labels)) throw unknownCluster(nameOrId, permission);
    if (!mayOn(principal, permission, row.labels))
      throw new FlotillaError(
        'forbidden',
        `${principal.subject} does not hold ${permission} on cluster "${row.name}"; ask an administrator for a role over it`,
        { permission },
      );
    return toRef(row);
  }

  /**
   * Clusters matched by `selector` (empty: all), and by `names` when given, that the principal may do `permission` to, by name. A name that matches none is `not-found`;
   * more than {@link clusterSelectionMax} is `bad-request`.
   */
  async select(
    filter: { selector?: string | undefined; names?: readonly string[] | undefined },
    principal: Principal,
    permission: Permission,
  ): Promise<ClusterRef[]> {
    const parameters = new Parameters();
    const conditions = ['c.forgotten_at is null', scopeSql(principal, permission, parameters), selectorSql(parseSelector(filter.selector ?? ''), parameters)];
    if (filter.names !== undefined) conditions.push(`c.name collate "C" = any(${parameters.add([...filter.names], 'text[]')})`);
    const rows = await this.database.query<RefRow>(
      `select c.id, c.name, c.labels, c.fleet_repo_id, c.path from cluster c where ${conditions.join(' and ')} order by c.name collate "C" limit ${clusterSelectionMax + 1}`,
      parameters.values,
    );
    if (rows.length > clusterSelectionMax) throw new FlotillaError('bad-request', `more than ${clusterSelectionMax} clusters match; narrow the selector`);
    const missing = filter.names?.find((name) => !rows.some((row) => row.name === name));
    if (missing !== undefined) throw unknownCluster(missing);
    return rows.map(toRef);
  }

  private async toResponses(rows: readonly Row[]): Promise<ClusterResponse[]> {
    const divergences = await this.divergencesOf(rows.map((row) => row.id));
    return rows.map((row) => toResponse(row, divergences.get(row.id) ?? []));
  }

  /** Open rollbacks of these clusters: what Git's branch declares, and what they run instead. */
  private async divergencesOf(clusterIds: readonly string[]): Promise<Map<string, ClusterResponse['divergences']>> {
    const found = new Map<string, ClusterResponse['divergences']>();
    if (clusterIds.length === 0) return found;
    const rows = await this.database.query<DivergenceRow>(
      `select t.cluster_id, t.rollback_id, t.source_name, t.from_revision, r.to_revision, r.owner, r.reason, r.created_at
       from rollback_target t join rollback r on r.id = t.rollback_id
       where t.cluster_id = any($1::uuid[]) and r.lifted_at is null and t.superseded_by is null and t.held is null and t.state not in ('pending', 'lifted', 'failed') order by r.created_at`,
      [clusterIds],
    );
    for (const row of rows) {
      const list = found.get(row.cluster_id) ?? [];
      list.push({
        rollbackId: row.rollback_id,
        sourceName: row.source_name,
        declared: row.from_revision,
        runs: row.to_revision,
        owner: row.owner,
        reason: row.reason,
        since: row.created_at.toISOString(),
      });
      found.set(row.cluster_id, list);
    }
    return found;
  }
}

function unknownCluster(nameOrId: string, permission?: Permission): FlotillaError {
  return new FlotillaError(
    'not-found',
    `there is no cluster "${nameOrId.slice(0, 64)}" in your scope; list the clusters to see those there are`,
    permission ? { permission } : {},
  );
}

const toRef = (row: RefRow): ClusterRef => ({ id: row.id, name: row.name, labels: row.labels, fleetRepoId: row.fleet_repo_id, path: row.path });

function toResponse(row: Row, divergences: ClusterResponse['divergences']): ClusterResponse {
  const stored = {
    worst: row.worst,
    worstSince: row.worst_since,
    worstReason: row.worst_reason,
    lastReceivedAt: row.last_received_at,

    contestedAt: row.contested_at,
  };
  const { state, since, reason } = clusterStateAt(stored, row.now);
  return {
    id: row.id,
    name: row.name,
    labels: row.labels,
    fleetRepo: row.fleet_repo_id !== null && row.repo_name !== null ? { id: row.fleet_repo_id, name: row.repo_name } : null,
    path: row.path,
    state,
    stateSince: since?.toISOString() ?? null,
    stateReason: reason,
    revision: row.revision,
    revisionSince: row.revision_since?.toISOString() ?? null,
    counts: {
      objects: row.object_count,
      ready: row.ready_count,
      failing: row.failing_count,
      progressing: row.progressing_count,
      suspended: row.suspended_count,
    },
    agent:
      row.incarnation === null
        ? null
        : {
            version: row.facts?.agentVersion ?? '',
            kubernetesVersion: row.facts?.kubernetesVersion ?? '',
            fluxVersion: row.facts?.fluxVersion ?? null,
            connected: row.connected_replica !== null && !isSilent(row.last_received_at, row.now),
            readOnly: row.agent_read_only ?? false,
            incarnation: row.incarnation,
            lastReceivedAt: row.last_received_at?.toISOString() ?? null,
            clusterUid: row.cluster_uid ?? '',
            contested: row.contested_at !== null,
          },
    divergences,
    createdAt: row.created_at.toISOString(),
  };
}

import { Injectable } from '@nestjs/common';
import {
  FlotillaError,
  type Page,
  type PageQuery,
  type Permission,
  type RollbackPreviewResponse,
  type RollbackResponse,
  type StartRollbackRequest,
} from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { mayOn, type Principal } from '@flotilla/domain';
import { AuditLog } from '../audit/index.js';
import { ChangeFeed } from '../change-feed/index.js';
import { Outbox } from '../outbox/index.js';
import { decodeCursor, pageFrom } from '../paging/index.js';
import { assertSomethingToDo, RollbackPlanner, toPreview } from './rollback-planner.js';
import { type StoredRollback, type StoredTarget, toRollbackTarget } from './rollback-records.js';
import { RollbacksRepository } from './rollbacks.repository.js';

/** Rolling clusters back to a Git revision: previewed, started, open until lifted. The worker carries it out (`AdvanceRollback`). */
@Injectable()
export class RollbacksService {
  constructor(
    private readonly database: Database,
    private readonly repository: RollbacksRepository,
    private readonly planner: RollbackPlanner,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
    private readonly changes: ChangeFeed,
  ) {}

  /** What would change in which cluster, what would be deleted, how long it takes at worst, whether Git is reachable. Nothing is written. */
  async preview(principal: Principal, request: Omit<StartRollbackRequest, 'reason' | 'acceptDeletions'>): Promise<RollbackPreviewResponse> {
    return toPreview(await this.planner.plan(principal, 'rollbacks:read', { ...request, acceptDeletions: [] }));
  }

  /**
   * Starts a rollback of the clusters in scope. Clusters whose deletions are over the budget or not known are held unless named in
   * `acceptDeletions`. Open rollbacks of the same sources are taken over. @throws FlotillaError deletion-budget, source-not-controlled, nothing-to-do
   */
  async start(principal: Principal, request: StartRollbackRequest): Promise<RollbackResponse> {
    const plan = await this.planner.plan(principal, 'rollbacks:start', request);
    assertSomethingToDo(plan);
    const id = await this.database.transaction(async () => {
      const { commit } = plan;
      const rollback = await this.repository.create({
        selector: request.selector,
        fleetRepoId: commit.fleetRepoId,
        to: plan.to,
        sha: commit.sha,
        method: request.method,
        reason: request.reason,
        owner: principal.subject,
        targets: plan.targets,
      });
      await this.outbox.enqueue('advance-rollback', { rollbackId: rollback.id });
      await this.audit.append({
        principal,
        action: 'rollbacks:start',
        outcome: 'allowed',
        subject: `rollback/${rollback.number}`,
        detail: {
          to: plan.to,
          method: request.method,
          selector: request.selector,
          reason: request.reason,
          clusters: plan.targets.filter((target) => target.held === null).map((target) => target.cluster),
          held: plan.targets.filter((target) => target.held !== null).map((target) => target.cluster),
          acceptedDeletions: request.acceptDeletions,
        },
      });
      this.changes.publish(
        'rollbacks',
        plan.targets.map((target) => target.clusterId),
      );
      return rollback.id;
    });
    return this.get(principal, id);
  }

  /** Returns the clusters to what Git's branch says. Lifting again does nothing more. @throws FlotillaError forbidden when some cluster of it is out of scope */
  async lift(principal: Principal, id: string): Promise<RollbackResponse> {
    await this.visible(principal, id, 'rollbacks:start');
    await this.database.transaction(async () => {
      const rollback = await this.repository.lock(id);
      if (!rollback || rollback.liftedAt !== null || rollback.liftedBy !== null) return;
      const targets = (await this.repository.targets([id], { lock: true })).get(id) ?? [];
      const outside = targets.filter((target) => !mayOn(principal, 'rollbacks:start', target.labels));
      if (outside.length > 0)
        throw new FlotillaError(
          'forbidden',
          `rollback ${rollback.number} holds ${outside.length} clusters outside your scope; somebody whose scope holds them all can lift it`,
        );
      await this.repository.saveLift(id, principal.subject);
      await this.outbox.enqueue('advance-rollback', { rollbackId: id });
      await this.audit.append({
        principal,
        action: 'rollbacks:lift',
        outcome: 'allowed',
        subject: `rollback/${rollback.number}`,
        detail: { to: rollback.to, clusters: targets.filter((target) => target.held === null && target.supersededBy === null).map((target) => target.cluster) },
      });
      this.changes.publish(
        'rollbacks',
        targets.map((target) => target.clusterId),
      );
    });
    return this.get(principal, id);
  }

  /** @throws FlotillaError not-found */
  async get(principal: Principal, id: string): Promise<RollbackResponse> {
    return this.visible(principal, id, 'rollbacks:read');
  }

  /** Rollbacks of clusters in scope, newest first; `open` true: those not lifted. */
  async list(principal: Principal, query: PageQuery & { open?: boolean | undefined }): Promise<Page<RollbackResponse>> {
    const [before] = decodeCursor(query.cursor, ['number']) ?? [null];
    const stored = await this.repository.list({ open: query.open, before, limit: query.limit + 1 });
    const page = pageFrom(stored, query.limit, (rollback) => [rollback.number]);
    const targets = await this.repository.targets(page.items.map((rollback) => rollback.id));
    return {
      items: page.items.flatMap((rollback) => scoped(principal, 'rollbacks:read', rollback, targets.get(rollback.id) ?? []) ?? []),
      nextCursor: page.nextCursor,
    };
  }

  private async visible(principal: Principal, id: string, permission: Permission): Promise<RollbackResponse> {
    const rollback = await this.repository.find(id);
    const shown = rollback && scoped(principal, permission, rollback, (await this.repository.targets([id])).get(id) ?? []);
    if (!shown) throw new FlotillaError('not-found', 'there is no such rollback in your scope');
    return shown;
  }
}

/** A rollback with the targets in scope; null when there is none. */
function scoped(principal: Principal, permission: Permission, rollback: StoredRollback, targets: readonly StoredTarget[]): RollbackResponse | null {
  const inScope = targets.filter((target) => mayOn(principal, permission, target.labels));
  if (inScope.length === 0) return null;
  return {
    id: rollback.id,
    number: rollback.number,
    selector: rollback.selector,
    to: rollback.to,
    sha: rollback.sha,
    tag: rollback.tag,
    method: rollback.method,
    state: rollback.state,
    reason: rollback.reason,
    owner: rollback.owner,
    createdAt: rollback.createdAt.toISOString(),
    liftedAt: rollback.liftedAt?.toISOString() ?? null,
    targets: inScope.map((target) => toRollbackTarget(target, rollback.to)).sort((a, b) => (a.cluster < b.cluster ? -1 : 1)),
    commit: rollback.commit,
  };
}

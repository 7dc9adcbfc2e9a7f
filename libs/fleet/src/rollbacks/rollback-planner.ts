import { Injectable } from '@nestjs/common';
import { FlotillaError, type Permission, type RollbackPreviewResponse } from '@flotilla/contracts';
import {
  commitPrefixOf,
  deletionBudget,
  matches,
  mayOn,
  parseSelector,
  previewTarget,
  type PreviewedTarget,
  type Principal,
  type RollbackMethod,
} from '@flotilla/domain';
import { RollbackGit } from './rollback-git.js';
import type { KnownCommit, ScopedCluster } from './rollback-records.js';
import { RollbackScopeReadModel } from './rollback-scope.read-model.js';

/** Most clusters of one rollback. */
const rollbackClustersMax = 5_000;

export interface PlanRequest {
  selector: string;
  clusters?: string[] | undefined;
  to: string;
  method: RollbackMethod;
  source?: string | undefined;
  acceptDeletions: readonly string[];
}

export interface RollbackPlan {
  commit: KnownCommit;
  /** the revision in full, as Flux writes it for a branch */
  to: string;
  targets: PreviewedTarget[];
  gitReachable: boolean;
  gitMessage: string;
}

/** Works out what a rollback would do; writes nothing. */
@Injectable()
export class RollbackPlanner {
  constructor(
    private readonly scope: RollbackScopeReadModel,
    private readonly git: RollbackGit,
  ) {}

  /** @throws FlotillaError selector-invalid, not-found, revision-unknown, nothing-to-do */
  async plan(principal: Principal, permission: Permission, request: PlanRequest): Promise<RollbackPlan> {
    const clusters = await this.inScope(principal, permission, request);
    const commit = await this.resolve(request.to, clusters);
    const ids = clusters.map((cluster) => cluster.id);
    const paths = clusters.filter((cluster) => cluster.fleetRepoId === commit.fleetRepoId && cluster.path !== null).map((cluster) => cluster.path ?? '');
    const [objects, inventories, ran, looked] = await Promise.all([
      this.scope.objects(ids),
      this.scope.inventories(ids, commit.sha),
      this.scope.ranCommit(ids, commit.sha),
      commit.fleetRepoId === null
        ? Promise.resolve({ reachable: false, message: 'no fleet repo of the hub holds the commit', gated: new Map<string, boolean>() })
        : this.git.look(commit.fleetRepoId, paths),
    ]);
    const to = `${commit.branch ?? 'main'}@sha1:${commit.sha}`;
    const targets = clusters.map((cluster) =>
      previewTarget(
        {
          clusterId: cluster.id,
          cluster: cluster.name,
          fresh: cluster.fresh,
          everReported: cluster.everReported,
          readOnly: cluster.readOnly,
          objects: objects.get(cluster.id) ?? [],
          inventories: inventories.get(cluster.id) ?? new Map<string, string[]>(),
          cancelsHealthChecks: (cluster.path === null ? undefined : looked.gated.get(cluster.path)) ?? null,
          commitInRepo: (commit.fleetRepoId !== null && cluster.fleetRepoId === commit.fleetRepoId) || ran.has(cluster.id),
          hasPath: commit.fleetRepoId !== null && cluster.fleetRepoId === commit.fleetRepoId && cluster.path !== null,
        },
        { sha: commit.sha, to, method: request.method, source: request.source, gitReachable: looked.reachable, accepted: request.acceptDeletions },
      ),
    );
    return { commit, to, targets, gitReachable: looked.reachable, gitMessage: looked.message };
  }

  private async inScope(principal: Principal, permission: Permission, request: PlanRequest): Promise<ScopedCluster[]> {
    const selector = parseSelector(request.selector);
    const visible = (await this.scope.clusters()).filter((cluster) => mayOn(principal, permission, cluster.labels));
    const named = request.clusters === undefined ? null : new Set(request.clusters);
    const missing = [...(named ?? [])].filter((name) => !visible.some((cluster) => cluster.name === name));
    if (missing.length > 0) throw new FlotillaError('not-found', `no cluster in your scope is named ${missing.slice(0, 10).join(', ')}`);
    const chosen = visible.filter((cluster) => matches(selector, cluster.labels) && (named === null || named.has(cluster.name)));
    if (chosen.length === 0) throw new FlotillaError('nothing-to-do', `no cluster in your scope matches the selector "${request.selector}"`);
    if (chosen.length > rollbackClustersMax)
      throw new FlotillaError('bad-request', `${chosen.length} clusters match, a rollback takes ${rollbackClustersMax} at most; narrow the selector`);
    return chosen;
  }

  /** The one commit meant: where several fleet repos hold it, the one most clusters in scope follow. */
  private async resolve(text: string, clusters: readonly ScopedCluster[]): Promise<KnownCommit> {
    const prefix = commitPrefixOf(text);
    if (prefix === null)
      throw new FlotillaError(
        'revision-unknown',
        `"${text}" is neither a revision in full (main@sha1:<40 hex>) nor the first 7 or more digits of a commit id; git rev-parse prints one`,
      );
    const known = await this.scope.commits(prefix);
    const shas = new Set(known.map((commit) => commit.sha));
    if (shas.size > 1) throw new FlotillaError('revision-unknown', `${text} stands for ${shas.size} commits; give more digits`);
    const followers = (commit: KnownCommit): number =>
      clusters.filter((cluster) => cluster.fleetRepoId !== null && cluster.fleetRepoId === commit.fleetRepoId).length;
    const [best] = [...known].sort((a, b) => followers(b) - followers(a));
    if (!best)
      throw new FlotillaError(
        'revision-unknown',
        `no fleet repo's branch holds a commit ${text} and no cluster ran it; see the revisions for those that are known`,
      );
    return best;
  }
}

/** The outside shape of a plan. */
export function toPreview(plan: RollbackPlan): RollbackPreviewResponse {
  return {
    to: plan.to,
    sha: plan.commit.sha,
    subject: plan.commit.subject,
    targets: plan.targets.map(({ clusterId, cluster, source, from, to, held, deletions, deletionsKnown, worstCaseSeconds, warnings }) => ({
      clusterId,
      cluster,
      source,
      from,
      to,
      held,
      deletions,
      deletionsKnown,
      worstCaseSeconds,
      warnings,
    })),
    budget: deletionBudget,
    gitReachable: plan.gitReachable,
    gitMessage: plan.gitMessage,
  };
}

/** Refuses a plan that would change nothing, with the code of the reason. */
export function assertSomethingToDo(plan: RollbackPlan): void {
  const carried = plan.targets.filter((target) => target.held === null);
  const why = (targets: readonly PreviewedTarget[]): string =>
    targets
      .slice(0, 5)
      .map((target) => `${target.cluster}: ${target.held ?? ''}`)
      .join('; ');
  if (carried.length === 0) {
    const overDeletions = plan.targets.filter((target) => target.acceptable);
    if (overDeletions.length > 0) throw new FlotillaError('deletion-budget', `nothing was rolled back: ${why(overDeletions)}`);
    const code = plan.targets.every((target) => target.source.namespace === '') ? 'source-not-controlled' : 'nothing-to-do';
    throw new FlotillaError(code, `nothing was rolled back: ${why(plan.targets)}`);
  }
  if (carried.every((target) => target.unchanged)) throw new FlotillaError('nothing-to-do', `every cluster in scope runs ${plan.to} already`);
}

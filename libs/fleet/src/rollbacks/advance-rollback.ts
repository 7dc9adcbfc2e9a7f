import { Inject, Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { nextStep, rollbackState, type CommandView, type TargetIntent, type TargetStep } from '@flotilla/domain';
import { ChangeFeed } from '../change-feed/index.js';
import { COMMAND_ISSUER, type CommandIssuer } from './command-issuer.js';
import { RollbackGit, type SourceInGit } from './rollback-git.js';
import type { StoredRollback, StoredTarget } from './rollback-records.js';
import { RollbacksRepository } from './rollbacks.repository.js';

/** Passes made by one call before it gives its place back. */
const passesMax = 40;
const passPauseMs = 250;
/** Until the next call: when the cluster is about to answer, when only silent clusters are waited for, after Git failed. */
const busyDelayMs = 500;
const idleDelayMs = 10_000;
const gitRetryMs = 5_000;
/** Agents get this long to take a pin or release; after that it is given again. */
const commandSeconds = 120;
const revertMessageFoldersMax = 5;

export interface Pass {
  /** every target is at rest */
  rests: boolean;
  /** something moves: worth looking again soon */
  busy: boolean;
  /** every target is ready for what has to be written to Git */
  write: 'tag' | 'untag' | 'revert' | null;
  rollback: StoredRollback;
}

/**
 * Carries a rollback out: pins, one commit, releases; or lifts it. Looks at the stored and the observed state first each time, so it may be
 * killed anywhere and called again, by several workers at once.
 */
@Injectable()
export class AdvanceRollback {
  constructor(
    private readonly database: Database,
    private readonly repository: RollbacksRepository,
    @Inject(COMMAND_ISSUER) private readonly commands: CommandIssuer,
    private readonly git: RollbackGit,
    private readonly changes: ChangeFeed,
  ) {}

  /** Gives the milliseconds after which to call again, null when the rollback is at rest (held, lifted, failed, or gone). */
  async advance(id: string, options: { pauseMs?: number } = {}): Promise<number | null> {
    let gitFailed = false;
    let delayMs = busyDelayMs;
    for (let n = 0; n < passesMax; n += 1) {
      const pass = await this.pass(id);
      if (pass === null || pass.rests) return null;
      if (pass.write !== null && !gitFailed) {
        gitFailed = !(await this.write(pass.rollback, pass.write));
        continue;
      }
      delayMs = pass.busy ? busyDelayMs : gitFailed ? gitRetryMs : idleDelayMs;
      if (!pass.busy) break;
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs ?? passPauseMs));
    }
    return gitFailed ? Math.min(delayMs, gitRetryMs) : delayMs;
  }

  /** One look at every target: gives the commands that are due and stores what was seen. */
  async pass(id: string): Promise<Pass | null> {
    return this.database.transaction(async () => {
      const rollback = await this.repository.lock(id);
      if (!rollback || rollback.liftedAt !== null) return null;
      const targets = (await this.repository.targets([id], { lock: true })).get(id) ?? [];
      const views = await this.commands.views(
        targets.flatMap((target) => [target.pinCommandId, target.releaseCommandId]).filter((command) => command !== null),
      );
      const now = await this.database.now();
      const steps: TargetStep[] = [];
      const changed: string[] = [];
      for (const target of targets) {
        const step = nextStep(intentOf(rollback, target), observedOf(target, views), now);
        steps.push(step);
        const next = await this.carryOut(rollback, target, step, now);
        if (
          next.state === target.state &&
          next.detail === target.detail &&
          next.pinCommandId === target.pinCommandId &&
          next.releaseCommandId === target.releaseCommandId &&
          next.reconciledAt === target.reconciledAt
        )
          continue;
        await this.repository.saveTarget(id, next);
        target.state = next.state;
        changed.push(target.clusterId);
      }
      const state = rollbackState(targets.filter((target) => target.supersededBy === null).map((target) => target.state));
      const rests = steps.every((step) => step.do === 'rest');
      const lifted =
        rests &&
        (rollback.liftedBy !== null ||
          (targets.every((target) => target.supersededBy !== null || target.held !== null) && targets.some((target) => target.supersededBy !== null)));
      if (state !== rollback.state || lifted) await this.repository.saveState(id, lifted ? 'lifted' : state, lifted);
      if (changed.length > 0 || state !== rollback.state || lifted)
        this.changes.publish(
          'rollbacks',
          targets.map((target) => target.clusterId),
        );
      return { rests, busy: targets.some((target, index) => target.fresh && steps[index]?.do !== 'rest'), write: dueWrite(rollback, targets, steps), rollback };
    });
  }

  private async carryOut(rollback: StoredRollback, target: StoredTarget, step: TargetStep, now: Date): Promise<StoredTarget> {
    const next: StoredTarget = {
      ...target,
      state: step.state,
      detail: step.do === 'await' && rollback.gitError !== '' ? `${step.detail}; Git: ${rollback.gitError}` : step.detail,
    };
    const object = { kind: 'GitRepository', ...target.source };
    const base = { clusterId: target.clusterId, ttlSeconds: commandSeconds, issuer: rollback.liftedBy ?? rollback.owner };
    if (step.do === 'pin')
      next.pinCommandId = await this.commands.issue({ ...base, arguments: { type: 'pin', object, commit: rollback.sha }, uid: target.status?.uid });
    if (step.do === 'release') next.releaseCommandId = await this.commands.issue({ ...base, arguments: { type: 'release', object }, uid: target.status?.uid });
    if (step.do === 'reconcile') {
      next.reconciledAt = now;
      await this.requestFetch(rollback, target, now);
    }
    return next;
  }

  /** Asks for a fetch of what applies the file that declares the source: for a scaffolded one, the root. */
  private async requestFetch(rollback: StoredRollback, target: StoredTarget, now: Date): Promise<void> {
    const [namespace = '', name = ''] = (target.status?.owner ?? 'flux-system/flux-system').split('/');
    try {
      await this.commands.issue({
        clusterId: target.clusterId,
        ttlSeconds: commandSeconds,
        issuer: rollback.liftedBy ?? rollback.owner,
        arguments: { type: 'reconcile', object: { kind: 'Kustomization', namespace, name }, requestedAt: now.toISOString(), withSource: true },
        uid: undefined,
      });
    } catch (error) {
      // a wish to hurry: where it cannot be given (read-only agent, no such Kustomization), Flux fetches at its interval
      if (!(error instanceof FlotillaError)) throw error;
    }
  }

  /** Gives whether Git took it; why not is stored and shown with the targets. */
  private async write(rollback: StoredRollback, what: 'tag' | 'untag' | 'revert'): Promise<boolean> {
    try {
      if (what === 'revert') await this.revert(rollback);
      else await this.changeTag(rollback, what === 'untag');
      return true;
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error;
      await this.repository.saveGitError(rollback.id, error.message);
      return false;
    }
  }

  private async changeTag(rollback: StoredRollback, remove: boolean): Promise<void> {
    const { fleetRepoId } = rollback;
    const inRepo = (target: StoredTarget): boolean =>
      isCarried(target) && fleetRepoId !== null && target.clusterRepoId === fleetRepoId && target.clusterPath !== null;
    let changed: { commit: string | null; sources: SourceInGit[]; files: (string | null)[] } = { commit: null, sources: [], files: [] };
    const targets = (await this.targetsOf(rollback)).filter(inRepo);
    if (fleetRepoId !== null && targets.length > 0) {
      const tag = remove ? rollback.tag : await this.makeTag(rollback, fleetRepoId);
      changed = await this.git.changeTag({
        fleetRepoId,
        tag,
        remove,
        message: commitMessage(rollback, tag, targets.length, remove),
        sources: async () =>
          (await this.targetsOf(rollback))
            .filter(inRepo)
            .map((target) => ({ clusterId: target.clusterId, clusterPath: target.clusterPath ?? '', ...target.source, file: target.gitPath })),
      });
    }
    await this.database.transaction(async () => {
      if (!(await this.repository.lock(rollback.id))) return;
      for (const target of (await this.repository.targets([rollback.id], { lock: true })).get(rollback.id) ?? []) {
        if (!isCarried(target)) continue;
        const index = changed.sources.findIndex(
          (source) => source.clusterId === target.clusterId && source.namespace === target.source.namespace && source.name === target.source.name,
        );
        const file = index < 0 ? null : (changed.files[index] ?? null);
        await this.repository.saveTarget(rollback.id, {
          ...target,
          git: file === null ? 'absent' : remove ? 'untagged' : 'tagged',
          gitPath: file ?? target.gitPath,
          reconciledAt: null,
        });
      }
      await this.repository.saveCommit(rollback.id, changed.commit, remove);
    });
  }

  /** The tag of the rollback, at its commit. After a restore of the hub its number may be taken: then a name of its own. */
  private async makeTag(rollback: StoredRollback, fleetRepoId: string): Promise<string> {
    try {
      await this.git.ensureTag(fleetRepoId, rollback.tag, rollback.sha);
      return rollback.tag;
    } catch (error) {
      const unique = `fleet/${rollback.number}-${rollback.id.slice(0, 8)}`;
      if (!(error instanceof FlotillaError) || error.code !== 'git-conflict' || rollback.tag === unique) throw error;
      await this.git.ensureTag(fleetRepoId, unique, rollback.sha);
      await this.repository.saveTag(rollback.id, unique);
      return unique;
    }
  }

  private async revert(rollback: StoredRollback): Promise<void> {
    const { fleetRepoId } = rollback;
    if (fleetRepoId === null) throw new FlotillaError('revision-unknown', 'no fleet repo of the hub holds the commit, so there is nothing to revert in');
    const clusterPaths = await this.repository.clusterPaths(fleetRepoId);
    const folders = topmost((await this.repository.workloadPaths(rollback.id)).map(normalise)).filter(
      (folder) => folder !== '' && !clusterPaths.some((path) => path === folder || path.startsWith(`${folder}/`) || folder.startsWith(`${path}/`)),
    );
    if (folders.length === 0)
      throw new FlotillaError('conflict', 'the clusters report no workload folder outside the cluster paths that could be reverted; revert with git yourself');
    const shown = folders.length > revertMessageFoldersMax ? `${folders.length} folders` : folders.join(', ');
    const commit = await this.git.restoreFolders(
      fleetRepoId,
      folders,
      rollback.sha,
      `Revert ${shown} to ${rollback.sha.slice(0, 12)}\n\n${rollback.reason}\n\nRollback ${rollback.number} by ${rollback.owner}\n`,
    );
    await this.database.transaction(async () => {
      for (const target of (await this.repository.targets([rollback.id], { lock: true })).get(rollback.id) ?? []) {
        if (isCarried(target)) await this.repository.saveTarget(rollback.id, { ...target, git: 'tagged', reconciledAt: null });
      }
      await this.repository.saveCommit(rollback.id, commit, false);
    });
  }

  private async targetsOf(rollback: StoredRollback): Promise<StoredTarget[]> {
    return (await this.repository.targets([rollback.id])).get(rollback.id) ?? [];
  }
}

const isCarried = (target: StoredTarget): boolean => target.held === null && target.supersededBy === null;

/** What has to be written to Git now; null while a target keeps it waiting or nothing is left to write. */
function dueWrite(rollback: StoredRollback, targets: readonly StoredTarget[], steps: readonly TargetStep[]): Pass['write'] {
  const open = targets.map((target, index) => ({ target, step: steps[index] })).filter(({ target }) => isCarried(target));
  if (rollback.liftedBy !== null)
    return rollback.method === 'tag' && open.some(({ target }) => target.git === null || target.git === 'tagged') ? 'untag' : null;
  const unwritten = open.filter(({ target }) => target.git === null);
  if (unwritten.length === 0 || !unwritten.every(({ step }) => step?.do === 'rest' || (step?.do === 'await' && step.ready))) return null;
  return rollback.method === 'tag' ? 'tag' : 'revert';
}

function intentOf(rollback: StoredRollback, target: StoredTarget): TargetIntent {
  return {
    source: target.source,
    sha: rollback.sha,
    tag: rollback.tag,
    method: rollback.method,
    held: target.held,
    superseded: target.supersededBy !== null,
    lifting: rollback.liftedBy !== null,
    state: target.state,
    git: target.git,
    since: rollback.createdAt,
    reconciledAt: target.reconciledAt,
  };
}

function observedOf(target: StoredTarget, views: ReadonlyMap<string, CommandView>): Parameters<typeof nextStep>[1] {
  return {
    forgotten: target.forgotten,
    fresh: target.fresh,
    readOnly: target.readOnly,
    source: target.status,
    pin: (target.pinCommandId === null ? undefined : views.get(target.pinCommandId)) ?? null,
    release: (target.releaseCommandId === null ? undefined : views.get(target.releaseCommandId)) ?? null,
  };
}

function commitMessage(rollback: StoredRollback, tag: string, clusters: number, remove: boolean): string {
  const count = clusters === 1 ? '1 cluster' : `${clusters} clusters`;
  if (remove) return `Lift ${tag}: ${count} to the branch again\n\nRollback ${rollback.number} lifted by ${rollback.liftedBy ?? ''}\n`;
  return `Roll back ${count} to ${rollback.sha.slice(0, 12)} (${tag})\n\n${rollback.reason}\n\nRollback ${rollback.number} by ${rollback.owner}\n`;
}

const normalise = (path: string): string =>
  path
    .replace(/^(\.\/)+|^\/+/, '')
    .replace(/^\.$/, '')
    .replace(/\/+$/, '');

/** Folders without those that lie in another of them. */
function topmost(folders: readonly string[]): string[] {
  const unique = [...new Set(folders)].sort();
  return unique.filter((folder) => !unique.some((other) => other !== folder && folder.startsWith(`${other}/`)));
}

import { FlotillaError } from '@flotilla/contracts';
import {
  fleetSourceName,
  fluxFilePaths,
  judgeReady,
  judgeReconciled,
  parseManifest,
  renderFluxKustomization,
  renderSync,
  syncCommitMessage,
  type SyncOptions,
} from '@flotilla/domain';
import { commitWithRetry } from '@flotilla/git';
import type { RepoLock } from '../../fleet-repos/index.js';
import type { Step, StepOutcome } from '../../operations/index.js';
import { fluxFieldManager, type BootstrapContext } from '../bootstrap-context.js';
import { sourceSecretName } from '../sync-source.js';
import { refuseForeignFlux, rootKustomization, rootSource } from './preflight.js';
import { requestReconcile } from './request-reconcile.js';

/** How long "not ready" is a matter of starting up before it is a failure: a few tries. */
const patienceSeconds = 90;
/** How often what fails is asked to try again meanwhile. */
const retrySeconds = 20;

const fleetSource = { ...rootSource, name: fleetSourceName } as const;

/** What the root source and Kustomization say. */
export function syncOptions({ input, repo, facts }: BootstrapContext): SyncOptions {
  const { interval, authentication } = input.options;
  if (facts.syncUrl === undefined) throw new FlotillaError('internal', 'the preflight left no URL for the cluster');
  return { url: facts.syncUrl, branch: repo.branch, path: input.path, interval, ...(authentication === 'none' ? {} : { secretName: sourceSecretName }) };
}

/** Second commit: `gotk-sync.yaml`, and `kustomization.yaml` where there is none; one that exists holds the user's patches and is kept. */
export function commitSync(lock: RepoLock): Step<BootstrapContext> {
  return {
    name: 'sync-commit',
    writes: true,
    waitSeconds: 0,
    async run(context) {
      const { input, repo, git, kube } = context;
      await refuseForeignFlux(kube, input.path);
      const { authorName, authorEmail, commitMessageAppendix } = input.options;
      const paths = fluxFilePaths(input.path);
      const { sha, changed } = await lock.hold(repo, () =>
        commitWithRetry(git, {
          branch: repo.branch,
          message: syncCommitMessage(commitMessageAppendix),
          author: { name: authorName, email: authorEmail },
          edit: async (read) => [
            { path: paths.sync, content: renderSync(syncOptions(context)) },
            { path: paths.kustomization, content: (await read(paths.kustomization)) ?? renderFluxKustomization() },
          ],
        }),
      );
      return { state: 'succeeded', detail: changed ? `committed ${paths.sync}` : `${paths.sync} is up to date`, facts: { syncSha: sha } };
    },
  };
}

/** Applies the root source and Kustomization; from here on Flux follows the repository. */
export const applySync: Step<BootstrapContext> = {
  name: 'sync-apply',
  writes: true,
  waitSeconds: 0,
  async run(context) {
    await context.kube.applyAll(parseManifest(renderSync(syncOptions(context))), { fieldManager: fluxFieldManager, force: true });
    return { state: 'succeeded', detail: 'applied the root source and Kustomization' };
  },
};

/**
 * Waits until source, then Kustomization, have reconciled the commit (or one that came after it). What fails is asked to try again now and then: by itself
 * the root tries at its interval only, ten minutes.
 */
export const waitForRevision: Step<BootstrapContext> = {
  name: 'wait-revision',
  writes: false,
  waitSeconds: 300,
  async run({ kube, git, repo, facts, startedAt }, waitedSeconds): Promise<StepOutcome> {
    const shas = [facts.syncSha, await git.head(repo.branch)].filter((sha) => typeof sha === 'string');
    const revisions = shas.map((sha) => `${repo.branch}@sha1:${sha}`);
    for (const ref of [rootSource, rootKustomization]) {
      const judged = judgeReconciled(await kube.get(ref), revisions);
      const name = `${ref.kind} ${ref.namespace}/${ref.name}`;
      if (judged.state === 'suspended')
        throw new FlotillaError(
          'conflict',
          `${name} is suspended; resume it with: flux resume ${ref.kind === 'Kustomization' ? 'kustomization' : 'source git'} ${ref.name}`,
        );
      if (judged.state === 'failed' && waitedSeconds > patienceSeconds)
        throw new FlotillaError('bootstrap-timeout', `${name} does not become ready: ${judged.detail}`, { retryable: false });
      if (judged.state === 'failed') await requestReconcile(kube, ref, `${startedAt.toISOString()}/${Math.floor(waitedSeconds / retrySeconds)}`);
      if (judged.state !== 'ready') return { state: 'waiting', detail: `${name}: ${judged.detail}` };
    }
    return { state: 'succeeded', detail: `Flux has applied ${revisions[0] ?? ''}` };
  },
};

/** Waits until Flux has made the fleet source of the scaffold and it is ready, at whatever revision it is steered to. */
export const waitForFleetSource: Step<BootstrapContext> = {
  name: 'fleet-source',
  writes: false,
  waitSeconds: 300,
  async run({ input, kube }): Promise<StepOutcome> {
    if (!input.options.scaffold) return { state: 'skipped', detail: 'without the scaffold there is none' };
    const judged = judgeReady(await kube.get(fleetSource));
    // one that is suspended on purpose is not waited for
    const made = judged.state === 'ready' || judged.state === 'suspended';
    return { state: made ? 'succeeded' : 'waiting', detail: `${fleetSource.kind} ${fleetSource.namespace}/${fleetSource.name}: ${judged.detail}` };
  },
};

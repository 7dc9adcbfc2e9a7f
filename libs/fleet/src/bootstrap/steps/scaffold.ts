import { fluxFilePaths, renderFluxKustomization, renderScaffold, scaffoldCommitMessage, scaffoldFilePaths } from '@flotilla/domain';
import { commitWithRetry } from '@flotilla/git';
import type { RepoLock } from '../../fleet-repos/index.js';
import type { Step } from '../../operations/index.js';
import type { BootstrapContext } from '../bootstrap-context.js';
import { rootSource } from './preflight.js';
import { requestReconcile } from './request-reconcile.js';
import { syncOptions } from './sync.js';

/** Third commit: the controlled source, the workloads' entry Kustomization, the agent, the feature gate. What is there already is kept as it is. */
export function commitScaffold(lock: RepoLock, agentImage: string): Step<BootstrapContext> {
  return {
    name: 'scaffold-commit',
    writes: true,
    waitSeconds: 0,
    async run(context) {
      const { input, repo, git, kube } = context;
      if (!input.options.scaffold) return { state: 'skipped', detail: 'not asked for' };
      const { authorName, authorEmail, commitMessageAppendix } = input.options;
      const paths = scaffoldFilePaths(input.path);
      const { sha, changed } = await lock.hold(repo, () =>
        commitWithRetry(git, {
          branch: repo.branch,
          message: scaffoldCommitMessage(commitMessageAppendix),
          author: { name: authorName, email: authorEmail },
          edit: async (read, head) => {
            const kustomization = (await read(fluxFilePaths(input.path).kustomization)) ?? renderFluxKustomization();
            const files = renderScaffold(
              { ...syncOptions(context), workloadsPath: input.workloadsPath, agent: { image: agentImage, readOnly: false } },
              kustomization,
            );
            const present = await read(paths.fleetSource);
            // a path that is not there would leave the entry Kustomization failing until the first workload comes
            const workloads = head === null ? [] : await git.listDirectory(head, input.workloadsPath);
            if (workloads.length === 0) files[`${input.workloadsPath}/.gitkeep`] = '';
            // a source that a rollback steers is not put back on its branch by a second bootstrap
            return Object.entries(files)
              .filter(([path]) => path !== paths.fleetSource || present === null)
              .map(([path, content]) => ({ path, content }));
          },
        }),
      );
      await requestReconcile(kube, rootSource, new Date().toISOString());
      return {
        state: 'succeeded',
        detail: changed ? `committed ${paths.fleetSource} and ${paths.agent}` : 'fleet source and agent are up to date',
        facts: { scaffoldSha: sha },
      };
    },
  };
}

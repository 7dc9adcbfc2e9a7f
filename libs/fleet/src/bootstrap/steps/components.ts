import { componentsCommitMessage, fluxFilePaths, judgeDeployment, fluxNamespace, parseDistribution } from '@flotilla/domain';
import type { KubeClient } from '@flotilla/kube';
import { commitWithRetry } from '@flotilla/git';
import type { RepoLock } from '../../fleet-repos/index.js';
import type { Step } from '../../operations/index.js';
import { fluxFieldManager, type BootstrapContext } from '../bootstrap-context.js';
import { rootKustomization } from './preflight.js';

/** First commit: `gotk-components.yaml`, as flux writes it. */
export function commitComponents(lock: RepoLock): Step<BootstrapContext> {
  return {
    name: 'components-commit',
    writes: true,
    waitSeconds: 0,
    async run({ input, repo, git, distribution }) {
      const { authorName, authorEmail, commitMessageAppendix } = input.options;
      const { components } = fluxFilePaths(input.path);
      const { sha, changed } = await lock.hold(repo, () =>
        commitWithRetry(git, {
          branch: repo.branch,
          message: componentsCommitMessage(distribution.version, commitMessageAppendix),
          author: { name: authorName, email: authorEmail },
          edit: () => Promise.resolve([{ path: components, content: distribution.manifest }]),
        }),
      );
      return { state: 'succeeded', detail: changed ? `committed ${components}` : `${components} is up to date`, facts: { componentsSha: sha } };
    },
  };
}

/** Installs the components, unless Flux is there and has applied a revision: then the upgrade flows through Git. */
export const applyComponents: Step<BootstrapContext> = {
  name: 'components-apply',
  writes: true,
  waitSeconds: 0,
  async run({ kube, distribution }) {
    if (!(await mustInstall(kube))) return { state: 'skipped', detail: 'Flux runs here; it takes its components from Git' };
    const { objects } = parseDistribution(distribution.manifest);
    await kube.applyAll(objects, { fieldManager: fluxFieldManager, force: true });
    return { state: 'succeeded', detail: `applied ${objects.length} objects of Flux ${distribution.version}` };
  },
};

async function mustInstall(kube: KubeClient): Promise<boolean> {
  const root = await kube.get(rootKustomization);
  return !(root?.status as { lastAppliedRevision?: string } | undefined)?.lastAppliedRevision;
}

/** Waits until every Deployment of the distribution has rolled out. */
export const componentsHealthy: Step<BootstrapContext> = {
  name: 'components-healthy',
  writes: false,
  waitSeconds: 300,
  async run({ kube, distribution }) {
    const live = new Map((await kube.list('apps/v1', 'Deployment', { namespace: fluxNamespace })).map((object) => [object.metadata.name, object]));
    for (const component of distribution.components) {
      const judged = judgeDeployment(live.get(component) ?? null);
      if (judged.state !== 'ready') return { state: 'waiting', detail: `${component}: ${judged.detail}` };
    }
    return { state: 'succeeded', detail: `${distribution.components.length} components are healthy` };
  },
};

import type { Step } from '../../operations/index.js';
import type { BootstrapContext } from '../bootstrap-context.js';
import { syncUrl } from '../sync-source.js';

/** Makes the repository where the forge has none, and settles the URL the cluster reads it by. */
export const ensureRepository: Step<BootstrapContext> = {
  name: 'repository',
  writes: true,
  waitSeconds: 0,
  async run({ input, repo, git }) {
    const { personal, private: isPrivate } = input.options;
    const { created } = await git.ensureRepository({ personal, private: isPrivate, description: '', defaultBranch: repo.branch });
    const url = await syncUrl(input, repo, git);
    return { state: 'succeeded', detail: created ? `created; clusters read ${url}` : `clusters read ${url}`, facts: { syncUrl: url } };
  },
};

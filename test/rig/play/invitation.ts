import { credentialLines } from '../../../apps/launcher/src/data-folder.js';
import { rigFolder } from '../rig-folder.js';
import type { Playground } from './real-fleet.js';

/** What `npm run start:real` prints when everything runs: where it is, how to get in, and what to try. */
export function invitation({ product, gitea, fleet, sites, good }: Playground, password: string): string {
  const { folder } = fleet.tree;
  const bad = `(cd ${folder} && git pull -q --rebase && cp bad/web.yaml apps/ && git commit -qam "Web 2" && git push -q)`;
  const kubeconfigs = sites.map(({ name, cluster }) => `KUBECONFIG of ${name}: ${cluster.kubeconfigFile}`);
  return `${credentialLines(product.url, { password, token: product.token })}Gitea: ${fleet.pageUrl} (${gitea.owner} / ${gitea.password})
Fleet repo: ${fleet.cloneUrl}
Clone: ${folder}
${kubeconfigs.join('\n')}
kubectl, flux, helm: ${rigFolder()}

Try this in a second terminal, in this folder:
  export FLOTILLA_URL=${product.url} FLOTILLA_TOKEN=${product.token}
  ${bad}   # never becomes healthy
  npm run -s flotilla -- get clusters
  npm run -s flotilla -- rollback --selector env=production --to ${good} --reason "web 2 never becomes healthy" --yes --wait

Ctrl-C ends everything; nothing of it is kept.
`;
}

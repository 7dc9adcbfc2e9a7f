import { FlotillaError } from '@flotilla/contracts';
import { deployKeyTitle, fluxNamespace } from '@flotilla/domain';
import { generateDeployKey, scanHostKeys } from '@flotilla/git';
import type { Outbound } from '@flotilla/outbound';
import type { LiveObject } from '@flotilla/kube';
import type { Step, StepOutcome } from '../../operations/index.js';
import { fluxFieldManager, type BootstrapContext } from '../bootstrap-context.js';
import { sourceSecretName, sshSecret, tokenSecret } from '../sync-source.js';

const ref = { apiVersion: 'v1', kind: 'Secret', namespace: fluxNamespace, name: sourceSecretName } as const;
const apply = { fieldManager: fluxFieldManager, force: true };

/**
 * The Secret the root source reads the repository with, and its deploy key. The key pair is stored in the cluster before its public half is given to
 * the Git host, so a run that was cut short finds it and makes no second one.
 */
export function sourceSecret(outbound: Outbound): Step<BootstrapContext> {
  return {
    name: 'source-secret',
    writes: true,
    waitSeconds: 0,
    async run(context) {
      const { input, kube, repo } = context;
      const { authentication } = input.options;
      if (authentication === 'none') return { state: 'skipped', detail: 'the repository is read without credentials' };
      if (authentication === 'token') {
        await kube.apply(tokenSecret(repo), apply);
        return { state: 'succeeded', detail: `Secret ${sourceSecretName} holds user name and token` };
      }
      const present = await kube.get(ref);
      const publicKey = present ? field(present, 'identity.pub') : await makeKey(context, outbound);
      if (publicKey === null) return { state: 'succeeded', detail: `Secret ${sourceSecretName} exists and is used as it is` };
      return giveDeployKey(context, publicKey);
    },
  };
}

/** Makes the pair and stores it; gives the public half. A plain Git server has no deploy keys: there the cluster reads with the key of the fleet repo. */
async function makeKey({ input, kube, repo, facts }: BootstrapContext, outbound: Outbound): Promise<string | null> {
  const knownHosts = repo.credentials.knownHosts ?? (await scanHostKeys(facts.syncUrl ?? repo.url, outbound));
  if (repo.provider === 'git') {
    const { sshPrivateKey } = repo.credentials;
    if (sshPrivateKey === undefined)
      throw new FlotillaError('git-auth-failed', `the fleet repo "${repo.name}" has no SSH key to give to the cluster`, { retryable: false });
    await kube.apply(sshSecret({ privateKey: sshPrivateKey, publicKey: null, knownHosts }), apply);
    return null;
  }
  const pair = generateDeployKey(input.options.sshKeyAlgorithm);
  await kube.apply(sshSecret({ ...pair, knownHosts }), apply);
  return pair.publicKey;
}

async function giveDeployKey({ input, git, repo }: BootstrapContext, publicKey: string): Promise<StepOutcome> {
  const title = deployKeyTitle(repo.branch, input.path);
  const { supported, changed } = await git.ensureDeployKey({ title, publicKey, readOnly: !input.options.readWriteKey });
  const detail = !supported ? 'the Git server takes no deploy keys' : changed ? `deploy key ${title} is set` : `deploy key ${title} is up to date`;
  return { state: 'succeeded', detail, facts: { publicKey: publicKey.trim() } };
}

function field(secret: LiveObject, key: string): string | null {
  const value = (secret['data'] as Record<string, string> | undefined)?.[key];
  return value === undefined ? null : Buffer.from(value, 'base64').toString('utf8');
}

import { Inject, Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { vetKubeconfig } from '@flotilla/domain';
import { createGitProvider } from '@flotilla/git';
import { KubeClient } from '@flotilla/kube';
import type { Outbound } from '@flotilla/outbound';
import { Distributions } from '../distributions/index.js';
import { FleetRepoGit } from '../fleet-repos/index.js';
import type { Operation } from '../operations/index.js';
import { SecretBox } from '../secrets/index.js';
import type { BootstrapContext, BootstrapFacts, BootstrapInput } from './bootstrap-context.js';

/** Opens what the steps of one run work with. */
@Injectable()
export class BootstrapSources {
  constructor(
    private readonly secrets: SecretBox,
    private readonly fleetRepos: FleetRepoGit,
    private readonly distributions: Distributions,
    @Inject('OUTBOUND') readonly outbound: Outbound,
  ) {}

  async open(operation: Operation): Promise<BootstrapContext> {
    const input = operation.input as BootstrapInput;
    if (operation.secretId === null) throw new FlotillaError('kubeconfig-invalid', 'the kubeconfig of this bootstrap is gone; start again with it');
    const access = vetKubeconfig(await this.secrets.get<string>(operation.secretId));
    const repo = await this.fleetRepos.open(input.fleetRepoId);
    const distribution = await this.distributions.find(input.distributionDigest);
    return {
      input,
      startedAt: new Date(operation.createdAt),
      repo,
      distribution,
      facts: operation.progress as BootstrapFacts,
      git: createGitProvider(repo, { outbound: this.outbound }),
      kube: new KubeClient(access, this.outbound),
    };
  }
}

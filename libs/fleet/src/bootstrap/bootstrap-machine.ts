import { Inject, Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { vetKubeconfig } from '@flotilla/domain';
import { createGitProvider } from '@flotilla/git';
import { KubeClient } from '@flotilla/kube';
import type { Outbound } from '@flotilla/outbound';
import { Distributions } from '../distributions/index.js';
import { FleetRepoGit, RepoLock } from '../fleet-repos/index.js';
import { type Operation, OperationRunner, OperationStore } from '../operations/index.js';
import { SecretBox } from '../secrets/index.js';
import type { BootstrapContext, BootstrapFacts, BootstrapInput } from './bootstrap-context.js';
import { bootstrapSteps, type JoinPort } from './steps/index.js';

export const BOOTSTRAP_MACHINE_OPTIONS = Symbol('BOOTSTRAP_MACHINE_OPTIONS');
export interface BootstrapMachineOptions {
  /** image of the agent, written into `flotilla-agent.yaml` */
  agentImage: string;
}
export const JOIN_PORT = Symbol('JOIN_PORT');

/** Carries a bootstrap out, step by step, in the worker. */
@Injectable()
export class BootstrapMachine {
  constructor(
    private readonly operations: OperationStore,
    private readonly runner: OperationRunner,
    private readonly sources: BootstrapSources,
    private readonly lock: RepoLock,
    @Inject(JOIN_PORT) private readonly join: JoinPort,
    @Inject(BOOTSTRAP_MACHINE_OPTIONS) private readonly options: BootstrapMachineOptions,
  ) {}

  /** Goes on with an operation until it is finished; safe to call again after a crash anywhere. @throws TryAgainLater */
  async advance(operationId: string): Promise<void> {
    const { issuer } = await this.operations.get(operationId);
    const steps = bootstrapSteps({ lock: this.lock, outbound: this.sources.outbound, join: this.join, agentImage: this.options.agentImage, issuer });
    await this.runner.run(operationId, steps, {
      open: (operation) => this.sources.open(operation),
      close: async (context) => {
        await context.git.close();
        await context.kube.close();
      },
      refresh: (context, operation) => {
        context.facts = operation.progress as BootstrapFacts;
      },
    });
  }
}

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
      input, repo, distribution, facts: operation.progress as BootstrapFacts,
      git: createGitProvider(repo, { outbound: this.outbound }), kube: new KubeClient(access, this.outbound),
    };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { RepoLock } from '../fleet-repos/index.js';
import { OperationRunner, OperationStore } from '../operations/index.js';
import type { BootstrapFacts } from './bootstrap-context.js';
import { BootstrapSources } from './bootstrap-sources.js';
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

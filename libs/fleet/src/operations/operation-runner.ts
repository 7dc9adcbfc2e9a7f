import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { FlotillaError } from '@flotilla/contracts';
import { Database } from '@flotilla/database';
import { remedyFor } from '@flotilla/domain';
import { TryAgainLater } from '@flotilla/jobs';
import type { Logger } from '@flotilla/observability';
import { AuditLog } from '../audit/index.js';
import { SecretBox } from '../secrets/index.js';
import { type Operation, OperationStore } from './operation-store.js';

/** A worker that dies is taken over once its lease has run out. */
const leaseSeconds = 15;
const renewMs = 5_000;
/** Attempts of a step whose failure another try may mend; with back-off about 20 minutes. */
const stepAttemptsMax = 12;
const backoffBaseMs = 500;
const backoffMaxMs = 120_000;
/** How long a waiting step may look before the job is given back to the queue. */
const lookMs = 20_000;
const lookPollMs = 300;

/** What a step came to. `facts` are kept for later steps; a wait is looked at again until its time is up. */
export type StepOutcome =
  { state: 'succeeded' | 'skipped'; detail: string; facts?: Record<string, unknown> } | { state: 'waiting'; detail: string; facts?: Record<string, unknown> };

export interface Step<Context> {
  readonly name: string;
  /** writes to Git or a cluster: its success is in the audit trail */
  readonly writes: boolean;
  /** longest it may wait, from its first start */
  readonly waitSeconds: number;
  /** Looks at the world first, then does what is missing: it is run again after a crash anywhere. `waitedSeconds`: since its first start. */
  run(context: Context, waitedSeconds: number): Promise<StepOutcome>;
}

/** Runs the steps of an operation in order, from the first that has not succeeded, under a lease; every outcome is stored before the next step begins. */
@Injectable()
export class OperationRunner {
  private readonly holder = `worker-${randomUUID()}`;

  constructor(
    private readonly database: Database,
    private readonly store: OperationStore,
    private readonly audit: AuditLog,
    private readonly secrets: SecretBox,
    @Inject('LOGGER') private readonly logger: Logger,
  ) {}

  /**
   * Runs until the operation is finished. `open` makes the context of the steps; `refresh` is called with the newest progress before each.
   * @throws TryAgainLater when a step waits or failed in a way that another try may mend
   */
  async run<Context>(
    operationId: string,
    steps: readonly Step<Context>[],
    machine: { open(operation: Operation): Promise<Context>; close(context: Context): Promise<void>; refresh(context: Context, operation: Operation): void },
  ): Promise<void> {
    if ((await this.store.get(operationId)).finishedAt !== null) return;
    if (!(await this.store.lease(operationId, this.holder, leaseSeconds))) throw new TryAgainLater(2_000, 'another worker holds the operation');
    const renewal = setInterval(() => {
      this.store
        .lease(operationId, this.holder, leaseSeconds)
        .catch((error: unknown) => this.logger.warn({ err: error, operationId }, 'lease could not be renewed; will try again'));
    }, renewMs);
    let context: Context | undefined;
    try {
      const operation = await this.store.get(operationId);
      try {
        context = await machine.open(operation);
      } catch (error) {
        return await this.failed(operation, steps[0]?.name ?? '', error);
      }
      for (const step of steps) {
        const newest = await this.store.get(operationId);
        if (isDone(newest, step.name)) continue;
        machine.refresh(context, newest);
        await this.runStep(newest, step, context);
        if ((await this.store.get(operationId)).finishedAt !== null) return;
      }
      await this.end(await this.store.get(operationId), 'succeeded');
    } finally {
      clearInterval(renewal);
      if (context !== undefined) await machine.close(context);
      await this.store.release(operationId, this.holder);
    }
  }

  private async runStep<Context>(operation: Operation, step: Step<Context>, context: Context): Promise<void> {
    await this.store.startStep(operation.id, this.holder, step.name);
    const lookUntil = Date.now() + lookMs;
    try {
      for (;;) {
        const waited = await this.waitedSeconds(operation.id, step.name);
        const outcome = await step.run(context, waited);
        if (outcome.state !== 'waiting') return await this.succeeded(operation, step, outcome);
        await this.store.writeStep(operation.id, this.holder, step.name, {
          state: 'running',
          detail: outcome.detail,
          ...(outcome.facts === undefined ? {} : { facts: outcome.facts }),
        });
        if (waited > step.waitSeconds)
          throw new FlotillaError('bootstrap-timeout', `step ${step.name} waited ${step.waitSeconds} s: ${outcome.detail}`, { retryable: false });
        if (Date.now() > lookUntil) throw new TryAgainLater(1_000, outcome.detail);
        await new Promise((resolve) => setTimeout(resolve, lookPollMs));
      }
    } catch (error) {
      await this.failed(operation, step.name, error);
    }
  }

  private async waitedSeconds(operationId: string, name: string): Promise<number> {
    const since = (await this.store.get(operationId)).steps.find((step) => step.name === name)?.startedAt;
    return since ? ((await this.database.now()).getTime() - new Date(since).getTime()) / 1000 : 0;
  }

  private async succeeded<Context>(operation: Operation, step: Step<Context>, outcome: Exclude<StepOutcome, { state: 'waiting' }>): Promise<void> {
    await this.database.transaction(async () => {
      await this.store.writeStep(operation.id, this.holder, step.name, outcome);
      if (!step.writes || outcome.state === 'skipped') return;
      await this.audit.append({
        principal: { subject: operation.issuer, requestId: null },
        action: `${operation.kind}:${step.name}`,
        outcome: 'allowed',
        subject: operation.subject,
        clusterId: operation.clusterId,
        detail: { operationId: operation.id, detail: outcome.detail, ...outcome.facts },
      });
    });
  }

  /** Stores the failure; gives the job back when another try may mend it, else ends the operation. */
  private async failed(operation: Operation, name: string, error: unknown): Promise<void> {
    if (error instanceof TryAgainLater) throw error;
    if (error instanceof FlotillaError && error.code === 'conflict' && error.retryable) throw new TryAgainLater(2_000, error.message);
    const failure = error instanceof FlotillaError ? error : new FlotillaError('internal', `step ${name} broke`, { cause: error });
    if (!(error instanceof FlotillaError)) this.logger.error({ err: error, operationId: operation.id, step: name }, 'operation step broke');
    const retryable = error instanceof FlotillaError ? failure.retryable : true;
    const attempts = operation.steps.find((step) => step.name === name)?.attempts ?? 0;
    const remedy = remedyFor(failure.code);
    if (retryable && attempts + 1 < stepAttemptsMax) {
      await this.store.writeStep(operation.id, this.holder, name, { state: 'pending', detail: failure.message, code: failure.code, remedy });
      throw new TryAgainLater(Math.min(backoffBaseMs * 2 ** attempts, backoffMaxMs), failure.message);
    }
    await this.store.writeStep(operation.id, this.holder, name, { state: 'failed', detail: failure.message, code: failure.code, remedy });
    await this.end(operation, 'failed', { code: failure.code, message: failure.message, remedy });
  }

  private async end(operation: Operation, state: 'succeeded' | 'failed', error?: { code: string; message: string; remedy: string }): Promise<void> {
    await this.database.transaction(async () => {
      await this.store.finish(operation.id, this.holder, state, error);
      if (operation.secretId !== null) await this.secrets.remove(operation.secretId);
      await this.audit.append({
        principal: { subject: operation.issuer, requestId: null },
        action: `${operation.kind}:finish`,
        outcome: state === 'succeeded' ? 'allowed' : 'failed',
        subject: operation.subject,
        clusterId: operation.clusterId,
        detail: { operationId: operation.id, ...(error === undefined ? {} : { code: error.code, message: error.message }) },
      });
    });
  }
}

function isDone(operation: Operation, name: string): boolean {
  const state = operation.steps.find((step) => step.name === name)?.state;
  return state === 'succeeded' || state === 'skipped';
}

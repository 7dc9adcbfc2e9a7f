import { objectKeyText, type CommandArguments, type CommandClaims, type CommandResult, type ObjectKey } from '@flotilla/contracts/agent';
import { errorText, type AgentLogger } from '../agent-logger.js';
import { referenceOf } from '../collect/object-status.js';
import { textAt } from '../collect/read-raw.js';
import { backoffMs } from '../connection/backoff.js';
import type { KubeApi, KubeObject, KubeResource } from '../kube/kube-api.js';
import { KubeApiError } from '../kube/kube-api-error.js';
import { pause } from '../pause.js';
import { CommandRegister } from './command-register.js';
import { planChange, type PlannedChange } from './plan-change.js';
import { verifyCommand } from './verify-command.js';

/** Commands waiting or running at once; more are refused, the hub's expiry brings them back. */
const commandsMax = 256;
const attemptsMax = 3;

type Outcome = Pick<CommandResult, 'outcome' | 'message'>;

export interface CommandExecutorOptions {
  readonly api: KubeApi;
  readonly clusterId: string;
  readonly incarnation: number;
  readonly readOnly: boolean;
  /** the register as it was saved last */
  readonly saved: string | undefined;
  readonly save: (text: string) => Promise<void>;
  readonly resourceOf: (kind: string) => KubeResource | undefined;
  readonly report: (result: CommandResult) => void;
  readonly log: AgentLogger;
  readonly now: () => Date;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Carries out the hub's commands: verified, each number once, one at a time per object, before they expire. Every command it can identify gets a result. */
export class CommandExecutor {
  private readonly register: CommandRegister;
  private readonly lanes = new Map<string, Promise<void>>();
  private waiting = 0;
  private saving: Promise<void> = Promise.resolve();

  constructor(private readonly options: CommandExecutorOptions) {
    this.register = new CommandRegister(options.saved);
  }

  /** Takes a command as it came over the wire. Never rejects. */
  async take(jws: string, commandKeys: unknown): Promise<void> {
    try {
      const command = await verifyCommand(jws, commandKeys, this.options);
      if (!command.known) this.report(command.id, { outcome: 'refused', message: `this agent does not know how to ${command.type}` });
      else await this.queue(command.claims);
    } catch (error) {
      // it names no command that could be answered: nobody but the hub's keys speaks for the hub
      this.options.log.warn('a command was not accepted', { error: errorText(error) });
    }
  }

  private async queue(claims: CommandClaims): Promise<void> {
    if (this.waiting >= commandsMax) {
      this.report(claims.id, { outcome: 'refused', message: `the agent is busy with ${commandsMax} commands; try again later` });
      return;
    }
    const lane = objectKeyText(claims.arguments.object);
    this.waiting += 1;
    const turn = (this.lanes.get(lane) ?? Promise.resolve()).then(async () => {
      this.report(claims.id, await this.execute(lane, claims).catch((error: unknown): Outcome => ({ outcome: 'failed', message: errorText(error) })));
    });
    this.lanes.set(lane, turn);
    await turn;
    this.waiting -= 1;
    if (this.lanes.get(lane) === turn) this.lanes.delete(lane);
  }

  private async execute(lane: string, claims: CommandClaims): Promise<Outcome> {
    const { options } = this;
    if (options.readOnly) return { outcome: 'refused', message: 'this agent was joined read-only' };
    if (Date.parse(claims.expiresAt) <= options.now().getTime())
      return { outcome: 'expired', message: `the command came late: it expired at ${claims.expiresAt}; order it again` };
    const admission = this.register.admit(lane, claims);
    if (!admission.admit) return repeated(claims, admission.earlier);
    // before acting: a number must be spent even if the agent dies now
    await this.save();
    const outcome = await this.act(claims.arguments, claims);
    this.register.finish(lane, claims.id, outcome.outcome, outcome.message);
    await this.save().catch((error: unknown) => options.log.warn('saving the outcome of a command failed', { error: errorText(error) }));
    return outcome;
  }

  private async act(command: CommandArguments, claims: CommandClaims): Promise<Outcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.change(command, claims);
      } catch (error) {
        if (!(error instanceof KubeApiError)) throw error;
        const last = attempt >= attemptsMax || this.options.signal.aborted || Date.parse(claims.expiresAt) <= this.options.now().getTime();
        if (!error.retryable || last)
          return { outcome: error.status === 403 || error.status === 409 || error.status === 422 ? 'refused' : 'failed', message: error.message };
        await pause(backoffMs(attempt - 1, this.options.random), this.options.signal);
      }
    }
  }

  private async change(command: CommandArguments, claims: CommandClaims): Promise<Outcome> {
    const { resource, object } = await this.find(command.object);
    const plan = planChange(command, claims.precondition, object);
    if (plan.do === 'refuse') return { outcome: 'refused', message: plan.message };
    if (plan.do === 'nothing') return { outcome: 'succeeded', message: plan.message };
    if (command.type === 'reconcile' && command.withSource) await this.requestSource(command.requestedAt, object);
    await this.write(resource, object, plan);
    return { outcome: 'succeeded', message: '' };
  }

  /** Requests the source of a workload first, so that the workload sees the newest revision. */
  private async requestSource(requestedAt: string, workload: KubeObject): Promise<void> {
    const reference = referenceOf(workload);
    const kind = textAt(reference, 'kind');
    const name = textAt(reference, 'name');
    if (kind === undefined || name === undefined) return;
    const key = { kind, namespace: textAt(reference, 'namespace') ?? workload.metadata.namespace ?? '', name };
    const { resource, object } = await this.find(key);
    const plan = planChange({ type: 'reconcile', object: key, requestedAt, withSource: false }, {}, object);
    if (plan.do === 'merge') await this.write(resource, object, plan);
  }

  private async find(key: ObjectKey): Promise<{ resource: KubeResource; object: KubeObject }> {
    const resource = this.options.resourceOf(key.kind);
    if (!resource) throw new KubeApiError(404, `${key.kind} is not a kind this agent follows`);
    const object = await this.options.api.get(resource, resource.namespaced ? key.namespace : undefined, key.name);
    return { resource, object };
  }

  private async write(resource: KubeResource, object: KubeObject, plan: Extract<PlannedChange, { do: 'apply' | 'merge' }>): Promise<void> {
    const { metadata, apiVersion, kind } = object;
    if (plan.do === 'merge') {
      await this.options.api.mergePatch(resource, metadata.namespace, metadata.name, plan.patch, plan.fieldManager);
      return;
    }
    // with the uid, so that an object deleted meanwhile is not created anew; never forced, so that Git's fields stay Git's
    const identity = {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
    };
    await this.options.api.apply(
      resource,
      { apiVersion, kind, metadata: identity, ...(plan.spec === undefined ? {} : { spec: plan.spec }) },
      { fieldManager: plan.fieldManager, force: false },
    );
  }

  /** One write at a time, in order: a slower one must not overwrite a newer. */
  private save(): Promise<void> {
    const next = this.saving.then(() => this.options.save(this.register.serialise()));
    this.saving = next.catch(() => undefined);
    return next;
  }

  private report(id: string, { outcome, message }: Outcome): void {
    this.options.log.info('command finished', { id, outcome, message });
    this.options.report({ id, outcome, message: message.slice(0, 1024), finishedAt: this.options.now().toISOString() });
  }
}

function repeated(
  claims: CommandClaims,
  earlier: { readonly id: string; readonly number: number; readonly outcome?: CommandResult['outcome']; readonly message?: string },
): Outcome {
  if (earlier.id !== claims.id)
    return {
      outcome: 'superseded',
      message: `the agent took a newer command for this object (${earlier.number}, this is ${claims.number}); order it again if it is still meant`,
    };
  if (earlier.outcome !== undefined) return { outcome: earlier.outcome, message: earlier.message ?? '' };
  return { outcome: 'failed', message: 'the agent restarted while carrying this out; the status of the object tells how far it came' };
}

import type { FailureStage, ObjectKey, ObjectState } from '@flotilla/contracts';
import type pg from 'pg';

/** What was known of an object before and after a change. */
export interface ObjectCondition {
  readonly state: ObjectState;
  readonly stage: FailureStage | null;
  readonly reason: string;
  readonly message: string;
  /** revision it is at (workloads: applied), in full */
  readonly revision: string | null;
  /** workloads: the revision tried last, in full */
  readonly attempted: string | null;
}

/** A change of an object's state, stage or revision. `from` null: not known before; `to` null: gone from the cluster. */
export interface ObjectTransition {
  readonly clusterId: string;
  readonly object: ObjectKey;
  readonly from: ObjectCondition | null;
  readonly to: ObjectCondition | null;
}

/** Runs SQL in the transaction that holds the change. */
export type TransactionQuery = Pick<pg.ClientBase, 'query'>;

/**
 * Is told every transition in the transaction that stores it: what it writes through `transaction` is durable exactly when the transition is. It must be
 * quick (it holds up the acks of the whole batch) and idempotent (a batch whose commit was in doubt is written again). A rejection undoes the batch.
 */
export abstract class TransitionSink {
  abstract record(transitions: readonly ObjectTransition[], transaction: TransactionQuery): Promise<void>;
}

/** Tells several sinks, one after the other. */
export class TransitionSinks extends TransitionSink {
  constructor(private readonly sinks: readonly TransitionSink[]) {
    super();
  }

  override async record(transitions: readonly ObjectTransition[], transaction: TransactionQuery): Promise<void> {
    for (const sink of this.sinks) await sink.record(transitions, transaction);
  }
}

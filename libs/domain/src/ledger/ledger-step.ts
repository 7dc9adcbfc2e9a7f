import type { FailureStage, ObjectStatus } from '@flotilla/contracts';
import { sameRevision, stateBeneathSuspend, workloadKinds } from '../flux/index.js';
import { isControlledSource } from '../rollup/index.js';

export type LedgerResult = 'succeeded' | 'failed' | 'progressing';

/** The open interval of a workload. */
export interface OpenInterval {
  readonly id: string;
  readonly revision: string;
  readonly result: LedgerResult;
  readonly stage: FailureStage | null;
}

/** What is true of a workload now, as an interval would say it. */
export interface LedgerFact {
  readonly revision: string;
  readonly result: LedgerResult;
  readonly stage: FailureStage | null;
  readonly message: string;
}

/** `amend`: the same interval has its result now. `open`: close the open one, if any, and begin another. */
export type LedgerStep = { readonly kind: 'none' } | { readonly kind: 'amend' | 'open'; readonly fact: LedgerFact };

/** Failures before anything is applied: what ran goes on running. */
const beforeApply: ReadonlySet<FailureStage> = new Set(['fetch', 'dependency']);

/** Whether the ledger follows the object: workloads, and the sources the hub steers. */
export function isLedgerObject(status: ObjectStatus): boolean {
  return workloadKinds.has(status.kind) || isControlledSource(status);
}

/** What the status says of the revision being run; null when it says nothing (nothing was ever applied or tried). */
function ledgerFact(status: ObjectStatus): LedgerFact | null {
  const { state, stage, message } = stateBeneathSuspend(status);
  const applied = status.revision ?? null;
  if (!workloadKinds.has(status.kind)) return applied === null ? null : { revision: applied, result: 'succeeded', stage: null, message };
  if (state === 'ready' || state === 'applied') return applied === null ? null : { revision: applied, result: 'succeeded', stage: null, message };
  const tried = status.attemptedRevision ?? applied;
  if (tried === null) return null;
  return state === 'failed' ? { revision: tried, result: 'failed', stage, message } : { revision: tried, result: 'progressing', stage, message };
}

/**
 * The next step of a workload's ledger. An interval ends when another revision is tried or the result changes; `progressing` gets its result within
 * the interval. Work under way again on the same revision (a retry, another health wait) changes nothing, so a workload that keeps failing is one interval.
 */
export function ledgerStep(open: OpenInterval | null, status: ObjectStatus): LedgerStep {
  const fact = ledgerFact(status);
  if (!fact) return { kind: 'none' };
  if (!open || !sameRevision(open.revision, fact.revision)) return { kind: 'open', fact };
  if (fact.result === 'progressing') return { kind: 'none' };
  if (fact.result === open.result && fact.stage === open.stage) return { kind: 'none' };
  if (fact.result === 'failed' && fact.stage !== null && beforeApply.has(fact.stage) && open.result === 'succeeded') return { kind: 'none' };
  return { kind: open.result === 'progressing' || open.result === fact.result ? 'amend' : 'open', fact };
}

import type { HubClient } from '@flotilla/api-client';
import type { OperationResponse, OperationStep } from '@flotilla/contracts';
import type { Context } from '../context.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { say } from '../output/progress.js';
import { waitFor } from './wait.js';

/** Follows long work to its end and tells each step on stderr as it comes. Fails with the step's reason and remedy. */
export async function watchOperation(context: Context, client: HubClient, started: OperationResponse, timeoutSeconds: number): Promise<OperationResponse> {
  const told = new Map<string, string>();
  let current = started;
  const finished = await waitFor(
    context,
    `the end of ${started.kind} of ${started.subject} (operation ${started.id})`,
    timeoutSeconds,
    async () => {
      tell(context, current.steps, told);
      return isFinished(current) ? current : (current = await client.operations.get(started.id));
    },
    (operation) => (isFinished(operation) ? operation : undefined),
  );
  tell(context, finished.steps, told);
  if (finished.state === 'succeeded') return finished;
  const { error } = finished;
  throw new CliError(
    exitCodes.error,
    error
      ? `${finished.kind} of ${finished.subject} ${finished.state}: ${error.message} (${error.code})\n  do: ${error.remedy}`
      : `${finished.kind} of ${finished.subject} ${finished.state}; see: flotilla get operations`,
  );
}

function isFinished({ state }: OperationResponse): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled';
}

const marks = { pending: 'note', running: 'doing', succeeded: 'did', failed: 'failed', skipped: 'note' } as const;

function tell(context: Context, steps: readonly OperationStep[], told: Map<string, string>): void {
  for (const { name, state, detail, remedy } of steps) {
    if (state === 'pending') continue;
    const text = `${name}${state === 'skipped' ? ' skipped' : ''}${detail === '' ? '' : `: ${detail}`}`;
    if (told.get(name) === `${state} ${text}`) continue;
    told.set(name, `${state} ${text}`);
    say(context, marks[state], text);
    if (state === 'failed' && remedy) say(context, 'note', `do: ${remedy}`);
  }
}

import { FlotillaError, problems } from '@flotilla/contracts';

/** What a failure says to a person: a short title, what happened and what to do, and the id that finds it in the hub's log. */
export function problemOf(error: unknown): { title: string; message: string; requestId: string | null; errors: readonly { path: string; message: string }[] } {
  if (!(error instanceof FlotillaError))
    return { title: 'Something broke in this page', message: error instanceof Error ? error.message : String(error), requestId: null, errors: [] };
  return { title: problems[error.code].title, message: error.message, requestId: error.options.requestId ?? null, errors: error.options.errors ?? [] };
}

/** Whether the hub said that nobody is signed in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof FlotillaError && error.status === 401;
}

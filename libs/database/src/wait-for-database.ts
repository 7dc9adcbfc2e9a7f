import { setTimeout as delay } from 'node:timers/promises';
import { FlotillaError } from '@flotilla/contracts';
import pg from 'pg';
import { isUnreachable } from './database-errors.js';

/** Longest a program waits at its start for Postgres; whoever started it decides what comes after. */
const databaseWaitMs = 30_000;
/** Longest one attempt takes, and the pauses between two. */
const connectTimeoutMs = 5_000;
const pauseFloorMs = 200;
const pauseCapMs = 3_000;

/**
 * Waits until Postgres takes connections: programs and database often start together. `onWait` is told why, once per attempt.
 * @throws FlotillaError unavailable when it takes none within `timeoutMs`, and at once when waiting does not help (password, name of the database)
 */
export async function waitForDatabase(url: string, onWait: (reason: string) => void, timeoutMs = databaseWaitMs): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    const error = await tryToConnect(url, Math.max(pauseFloorMs, Math.min(connectTimeoutMs, deadline - Date.now())));
    if (error === null) return;
    const reason = error.message || String((error as { code?: unknown }).code);
    const pauseMs = Math.min(pauseCapMs, pauseFloorMs * 2 ** attempt);
    if (!isUnreachable(error)) throw new FlotillaError('unavailable', `${placeOf(url)} refuses this program: ${reason}; check DATABASE_URL`, { cause: error });
    if (Date.now() + pauseMs > deadline)
      throw new FlotillaError('unavailable', `${placeOf(url)} took no connection within ${timeoutMs / 1000} s: ${reason}; check DATABASE_URL and the server`, {
        cause: error,
      });
    onWait(`waiting for ${placeOf(url)}: ${reason}`);
    await delay(pauseMs);
  }
}

async function tryToConnect(url: string, connectionTimeoutMillis: number): Promise<Error | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis });
  // a connection that breaks once it stood is seen by whoever uses the database next
  client.on('error', () => undefined);
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Names the server and database, never the user or password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `the Postgres at ${host || 'its socket'}${pathname}`;
}

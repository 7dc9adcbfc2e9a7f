import type { HubClient } from '@flotilla/api-client';
import type { EventTopic, HubEvent, ObjectResponse } from '@flotilla/contracts';
import type { Context } from '../context.js';
import { isFlotillaError } from '../exit-codes.js';

/** Least time between two readings of the list, however much changes. */
const pauseMs = 1_000;
const reconnectMs = 2_000;
/** Older than what the hub remembers: it answers with `refresh`, once the stream is open and nothing can be missed. */
const longAgo = '0';
/** Topics after which a row may look different; a cluster that falls silent is one. */
const topicsOfRows: readonly EventTopic[] = ['objects', 'clusters', 'refresh'];

/** What is watched, and how it is shown. */
export interface WatchedObjects {
  read(): Promise<readonly ObjectResponse[]>;
  /** the row in text; undefined where a selector hides the object */
  textOf(object: ObjectResponse): string | undefined;
  /** with a header only the first time */
  print(objects: readonly ObjectResponse[], first: boolean): void;
}

/** Prints the objects, then each again whenever its row changes, until the process is stopped. Errors: what the hub refuses; not that it is away for a while. */
export async function watchObjects(context: Context, client: HubClient, watched: WatchedObjects): Promise<never> {
  let rows: ReadonlyMap<string, string | undefined> = new Map();
  let first = true;
  const show = async (): Promise<void> => {
    const objects = await watched.read();
    const changes = rowChanges(rows, objects, (object) => watched.textOf(object));
    rows = changes.rows;
    if (changes.changed.length > 0) {
      watched.print(changes.changed, first);
      first = false;
    }
    for (const key of changes.gone) context.stderr.write(`${key} is gone\n`);
  };

  let lastEventId: string | undefined;
  let reached = false;
  let away = false;
  for (;;) {
    try {
      const stop = new AbortController();
      const nudges = client.events({ lastEventId: lastEventId ?? longAgo, signal: stop.signal });
      await followNudges(context, { nudges, stop }, show, (id) => {
        lastEventId = id ?? lastEventId;
        reached = true;
        away = false;
      });
    } catch (error) {
      if (!reached || !isPassing(error)) throw error;
      if (!away) context.stderr.write('the hub does not answer; trying again\n');
      away = true;
    }
    await context.sleep(reconnectMs);
  }
}

/** Which objects have another row than before, and which keys are gone. Pure. */
export function rowChanges(
  before: ReadonlyMap<string, string | undefined>,
  objects: readonly ObjectResponse[],
  textOf: (object: ObjectResponse) => string | undefined,
): { readonly rows: ReadonlyMap<string, string | undefined>; readonly changed: readonly ObjectResponse[]; readonly gone: readonly string[] } {
  const shown = objects.map((object) => ({ object, key: keyOf(object), text: textOf(object) }));
  const rows = new Map(shown.map(({ key, text }) => [key, text]));
  return {
    rows,
    changed: shown.filter(({ key, text }) => text !== undefined && text !== before.get(key)).map(({ object }) => object),
    gone: [...before.keys()].filter((key) => !rows.has(key)),
  };
}

function keyOf({ cluster, status }: ObjectResponse): string {
  return `${cluster}/${status.kind.toLowerCase()}/${status.namespace}/${status.name}`;
}

interface NudgeStream {
  readonly nudges: AsyncGenerator<HubEvent & { readonly id: string | undefined }>;
  readonly stop: AbortController;
}

/** Calls `show` after nudges, never twice at a time, until the stream ends or `show` fails; a nudge that comes meanwhile is followed by one more call. */
async function followNudges(context: Context, { nudges, stop }: NudgeStream, show: () => Promise<void>, seen: (id: string | undefined) => void): Promise<void> {
  let wanted = false;
  let busy = false;
  let showing = Promise.resolve();
  let failure: unknown;
  const showAll = async (): Promise<void> => {
    busy = true;
    try {
      while (wanted) {
        wanted = false;
        await show();
        await context.sleep(pauseMs);
      }
    } catch (error) {
      failure = error;
      stop.abort();
    } finally {
      busy = false;
    }
  };
  try {
    for (;;) {
      const next = await nudges.next().catch(endOfStream);
      if (next.done === true) break;
      seen(next.value.id);
      wanted ||= topicsOfRows.includes(next.value.topic);
      if (wanted && !busy) showing = showAll();
    }
  } finally {
    await showing;
  }
  if (failure !== undefined) throw failure;
}

/** A stream that breaks off has ended: the next one resumes it. What the hub refuses is an error. */
function endOfStream(error: unknown): { readonly done: true; readonly value: undefined } {
  if (isFlotillaError(error)) throw error;
  return { done: true, value: undefined };
}

function isPassing(error: unknown): boolean {
  return isFlotillaError(error) && (error.code === 'unavailable' || error.code === 'outbound-timeout' || error.code === 'rate-limited');
}

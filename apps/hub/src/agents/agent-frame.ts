import { type AgentMessage, agentMessage, type DataFrame, readDataFrame } from '@flotilla/contracts';

/** A message of an agent; data frames come by the hand-written check. */
export type AgentFrame = DataFrame | Exclude<AgentMessage, { type: 'snapshot' | 'deltas' }>;

/** A frame that is not one: `message` says what is wrong with it. */
export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame';
  constructor(what: string) {
    super(`${what}; run an agent of the version of this hub`);
  }
}

/** Leaves room in the reason of a close for what to do. */
const detailMax = 120;

const knownTypes: ReadonlySet<string> = new Set(agentMessage.options.map((option) => option.shape.type.value));

/** Reads the text of a frame. Null: a type of a newer protocol, to be skipped. Throws MalformedFrame. */
export function readAgentFrame(text: string): AgentFrame | null {
  let value: unknown;
  try {
    value = JSON.parse(storable(text));
  } catch {
    throw new MalformedFrame('the frame is not JSON');
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') throw new MalformedFrame('the frame has no type');
  if (value.type === 'deltas' || value.type === 'snapshot') {
    const frame = readDataFrame(value);
    if (frame) return frame;
    throw new MalformedFrame(`the ${value.type} frame does not fit the protocol: ${problemOf(value)}`);
  }
  if (!knownTypes.has(value.type)) return null;
  const parsed = agentMessage.safeParse(value);
  if (!parsed.success || parsed.data.type === 'snapshot' || parsed.data.type === 'deltas')
    throw new MalformedFrame(`the ${value.type} frame does not fit the protocol: ${problemOf(value)}`);
  return parsed.data;
}

/** Where the schema finds fault; costs more, so only once something is wrong. */
function problemOf(value: unknown): string {
  const parsed = agentMessage.safeParse(value);
  const issue = parsed.success ? undefined : parsed.error.issues[0];
  return issue ? `${issue.path.join('.')}: ${issue.message}`.slice(0, detailMax) : 'not valid';
}

/**
 * Postgres stores neither NUL nor half a surrogate pair (a message cut in the middle of a character has one): both become U+FFFD. JSON writes them as
 * escapes, so nearly every frame is passed on untouched after two searches.
 */
function storable(text: string): string {
  if (!text.includes('\\u0000') && !text.includes('\\ud') && !text.includes('\\uD')) return text;
  return text.replaceAll(/\\(?:u0000|ud[89ab][0-9a-f]{2}(\\ud[c-f][0-9a-f]{2})?|ud[c-f][0-9a-f]{2}|.)/gis, (escape, low: string | undefined) =>
    /^\\u(0000|d)/i.test(escape) && low === undefined ? '\\ufffd' : escape,
  );
}

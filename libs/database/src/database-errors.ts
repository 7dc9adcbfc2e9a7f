/** Whether `error` is a unique violation (Prisma P2002, Postgres 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === 'P2002' || codeOf(error) === '23505';
}

/** Whether the same statement may succeed when tried again: serialization, deadlock, lost connection, server starting or stopping. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code !== undefined &&
    (['P2034', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET'].includes(code) ||
      code.startsWith('57P') ||
      code.startsWith('08'))
  );
}

const unreachableCodes = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'ENOENT', '53300'];

/** Whether a connection failed because the server is away, starting, stopping or full, so that a later one may succeed. */
export function isUnreachable(error: unknown): boolean {
  const code = codeOf(error);
  // pg gives its own timeout and an early end of the connection no code
  if (code === undefined) return error instanceof Error && /timeout expired|Connection terminated/.test(error.message);
  return unreachableCodes.includes(code) || code.startsWith('57P') || code.startsWith('08');
}

/** The code of Prisma or Postgres; hand-written SQL fails as P2010, with Postgres' own code below `meta.driverAdapterError.cause`. */
function codeOf(error: unknown): string | undefined {
  const code = at(error, 'code');
  const original = code === 'P2010' ? at(at(at(at(error, 'meta'), 'driverAdapterError'), 'cause'), 'originalCode') : undefined;
  return typeof original === 'string' ? original : typeof code === 'string' ? code : undefined;
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

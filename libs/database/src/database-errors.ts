/** Whether `error` is a unique violation (Prisma P2002, Postgres 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(error) === 'P2002' || codeOf(error) === '23505';
}

/** Whether the same statement may succeed when tried again: serialization, deadlock, lost connection, server starting or stopping. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && (['P2034', 'P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', '40001', '40P01', 'ECONNREFUSED', 'ECONNRESET'].includes(code) || code.startsWith('57P') || code.startsWith('08'));
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

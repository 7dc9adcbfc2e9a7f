import type { AgentLogger } from '@flotilla/agent-runtime';

/** One JSON line per message on stdout, in pino's numbers for levels. */
export const lineLogger: AgentLogger = {
  info: (message, fields) => write(30, message, fields),
  warn: (message, fields) => write(40, message, fields),
  error: (message, fields) => write(50, message, fields),
};

function write(level: number, message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), msg: message, ...fields })}\n`);
}
